# AffinityNet on the narrow ResNet-18 of TinyVOC, from its CAM network; the
# grid is that of the map of stride 4.
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True)
model = dict(
    type='wsss_plugins.AffinitySegmentor',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='ResNet',
        depth=18,
        stem_channels=32,
        base_channels=32,
        strides=(1, 2, 1, 1),
        dilations=(1, 1, 1, 1),
        norm_cfg=dict(type='BN')),
    decode_head=dict(
        type='wsss_plugins.AffinityHead',
        in_channels=[32, 64, 128, 256],
        branch_channels=[32, 32, 64, 64],
        border='padded'),
    border='padded',
    alpha=16,
    pad_divisor=8,
    walk=dict(beta=8, steps=256))
