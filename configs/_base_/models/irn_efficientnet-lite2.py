# IRNet on EfficientNet-Lite2, which stays as ImageNet made it.
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[127., 127., 127.],
    std=[128., 128., 128.],
    bgr_to_rgb=True)
model = dict(
    type='wsss_plugins.IRSegmentor',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.EfficientNetLite',
        arch='lite2',
        output_stride=16,
        # Strides 4, 8, 16, and what ImageNet's classifier reads.
        out_indices=(2, 3, 5, 8),
        norm_cfg=dict(
            type='BN', eps=1e-3, momentum=.01, requires_grad=False),
        norm_eval=True,
        init_cfg=dict(type='Pretrained', checkpoint='efficientnet-lite2')),
    decode_head=dict(
        type='wsss_plugins.IRHead',
        in_channels=[24, 48, 120, 1280],
        strides=[4, 8, 16, 16],
        dp_channels=[64, 128, 256, 256],
        radius=10),
    bg_threshold=.25,
    walk_radius=5,
    walk=dict(beta=10, steps=256, degree=80))
custom_hooks = [
    dict(type='wsss_plugins.DisplacementMeanHook', crop_size=(512, 512))
]
