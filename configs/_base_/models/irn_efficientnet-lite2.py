# IRNet on EfficientNet-Lite2, which stays as ImageNet made it.
_base_ = './trunk_efficientnet-lite2.py'
model = dict(
    type='wsss_plugins.IRSegmentor',
    backbone=dict(
        # Strides 4, 8, 16, and what ImageNet's classifier reads.
        out_indices=(2, 3, 5, 8)),
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
