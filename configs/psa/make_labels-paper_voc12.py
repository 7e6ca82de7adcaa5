# The paper's alpha_high.
_base_ = './make_labels_voc12.py'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='wsss_plugins.MakeAffinityLabel', alpha_low=4, alpha_high=24),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
