# IRNet on ImageNet's ResNet-50, which stays as it is.
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True)
model = dict(
    type='wsss_plugins.IRSegmentor',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.ResNetWithStem',
        depth=50,
        strides=(1, 2, 2, 1),
        dilations=(1, 1, 1, 1),
        norm_eval=True,
        init_cfg=dict(
            type='Pretrained', checkpoint='torchvision://resnet50')),
    decode_head=dict(
        type='wsss_plugins.IRHead',
        in_channels=[64, 256, 512, 1024, 2048],
        strides=[4, 4, 8, 16, 16],
        radius=10),
    bg_threshold=.25,
    walk_radius=5,
    # Degree 80 is 256 steps with an error below 4e-7; None takes every step.
    walk=dict(beta=10, steps=256, degree=80))
custom_hooks = [
    dict(type='wsss_plugins.DisplacementMeanHook', crop_size=(512, 512))
]
