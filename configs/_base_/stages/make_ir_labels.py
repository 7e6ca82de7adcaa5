# CAM files to IRNet's labels: confident foreground, confident background, 255.
_base_ = './make_masks.py'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(
        type='wsss_plugins.MakeIRLabel', fg_threshold=.3, bg_threshold=.05),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
