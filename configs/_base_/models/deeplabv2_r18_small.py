# DeepLab V2 on a narrow ResNet-18 trained from scratch, for TinyVOC.
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    pad_val=0,
    seg_pad_val=255,
    size=(128, 128))
model = dict(
    type='EncoderDecoder',
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
        type='wsss_plugins.DeepLabV2Head',
        in_channels=256,
        dilations=(1, 2, 4, 6)),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
