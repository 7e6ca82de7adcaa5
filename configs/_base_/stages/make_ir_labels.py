# CAM files to IRNet's labels: confident seeds of foreground and
# background, 255 elsewhere.
_base_ = './make_masks.py'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(
        type='wsss_plugins.MakeIRLabel', fg_threshold=.3, bg_threshold=.05),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
