# IRNet on ImageNet's MobileNetV2, which stays as it is.
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[127.5, 127.5, 127.5],
    std=[127.5, 127.5, 127.5],
    bgr_to_rgb=True)
model = dict(
    type='wsss_plugins.IRSegmentor',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.MobileNetV2Levels',
        levels=(2, 3, 5),
        output_stride=16,
        norm_eval=True,
        norm_cfg=dict(type='BN', requires_grad=False),
        conv_cfg=dict(type='Conv2dAdaptivePadding'),
        # Made from torchvision-style weights by tools/model_converters.
        init_cfg=dict(
            type='Pretrained', checkpoint='data/mobilenet_v2_mmseg.pth')),
    decode_head=dict(
        type='wsss_plugins.IRHead',
        in_channels=[24, 32, 96, 1280],
        strides=[4, 8, 16, 16],
        dp_channels=[64, 128, 256, 256],
        radius=10),
    bg_threshold=.25,
    walk_radius=5,
    walk=dict(beta=10, steps=256, degree=80))
custom_hooks = [
    dict(type='wsss_plugins.DisplacementMeanHook', crop_size=(512, 512))
]
