# CAM files to PSA's affinity labels: confident seeds of foreground and
# background, 255 elsewhere.
_base_ = './make_masks.py'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='wsss_plugins.MakeAffinityLabel', alpha_low=4, alpha_high=32),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
