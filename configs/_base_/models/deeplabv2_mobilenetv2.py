# DeepLab V2 on MobileNetV2 at stride 16.
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[127.5, 127.5, 127.5],
    std=[127.5, 127.5, 127.5],
    bgr_to_rgb=True,
    pad_val=0,
    seg_pad_val=255,
    size=(256, 256))
model = dict(
    type='EncoderDecoder',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.MobileNetV2Top',
        output_stride=16,
        norm_eval=True,
        norm_cfg=dict(type='BN', requires_grad=False),
        conv_cfg=dict(type='Conv2dAdaptivePadding'),
        init_cfg=dict(
            type='Pretrained', checkpoint='data/mobilenet_v2_mmseg.pth')),
    decode_head=dict(
        type='wsss_plugins.DeepLabV2Head',
        in_channels=1280,
        dilations=(3, 6, 9, 12)),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
