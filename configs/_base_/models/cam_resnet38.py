# Wide ResNet-38 A1 of PSA, with a plain CAM head.
norm_mean = [123.675, 116.28, 103.53]
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=norm_mean,
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True)
model = dict(
    type='wsss_plugins.CAMSegmentor',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.ResNet38',
        # Made from the public MXNet file by tools/model_converters.
        init_cfg=dict(type='Pretrained', checkpoint='data/resnet38_a1.pth')),
    decode_head=dict(
        type='wsss_plugins.CAMHead', in_channels=4096))
tta_model = dict(type='wsss_plugins.CAMTTAModel')
