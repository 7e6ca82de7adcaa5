# IRNet on the backbone of TinyVOC's CAM network, which stays as it is.
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
        depth=18,
        stem_channels=32,
        base_channels=32,
        strides=(1, 2, 1, 1),
        dilations=(1, 1, 1, 1),
        norm_cfg=dict(type='BN')),
    decode_head=dict(
        type='wsss_plugins.IRHead',
        in_channels=[32, 32, 64, 128, 256],
        strides=[4, 4, 8, 8, 8],
        dp_channels=[32, 32, 64, 64, 64],
        dp_joint_channels=64,
        radius=5,
        border='padded'),
    bg_threshold=.25,
    min_size=128,
    walk_radius=5,
    # A feature map has 32 x 32 pixels and an object is some ten of them wide:
    # boundaries of two or three pixels would be half of it, so they stop the
    # random walk but do not wipe out CAMs; 256 steps, good for VOC's 94 x 125
    # pixels, would mix the whole image.
    edge_gating=False,
    walk=dict(beta=10, steps=16))
custom_hooks = [
    dict(type='wsss_plugins.DisplacementMeanHook', crop_size=(128, 128))
]
