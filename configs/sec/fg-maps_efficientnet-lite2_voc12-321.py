# CAMs of the classification network at 321x321 and stride 8, so 41x41 as the
# paper's: what was trained at stride 16 is the same function, on a finer grid.
_base_ = './fg_efficientnet-lite2_voc12.py'
model = dict(backbone=dict(output_stride=8))
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.ZoomResize', size=(321, 321)),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
