# PSA's VGG16 classification network; its CAMs are square roots.
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[104.008, 116.669, 122.675],
    std=[1., 1., 1.],
    bgr_to_rgb=False)
model = dict(
    type='wsss_plugins.CAMSegmentor',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.LargeFOVVGG16',
        fc_dilation=1,
        init_cfg=dict(
            type='Pretrained', checkpoint='data/vgg16_imagenet.pth')),
    decode_head=dict(
        type='wsss_plugins.SqrtCAMHead', in_channels=1024))
tta_model = dict(type='wsss_plugins.CAMTTAModel')
