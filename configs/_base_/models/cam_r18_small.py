# A narrow ResNet-18 at stride 8 trained from scratch, for TinyVOC.
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True)
model = dict(
    type='wsss_plugins.CAMSegmentor',
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
        type='wsss_plugins.CAMHead', in_channels=256))
tta_model = dict(type='wsss_plugins.CAMTTAModel')
