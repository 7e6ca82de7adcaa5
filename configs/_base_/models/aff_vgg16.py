# AffinityNet on DeepLab's VGG16 with fc6 and fc7.
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[104.008, 116.669, 122.675],
    std=[1., 1., 1.],
    bgr_to_rgb=False)
model = dict(
    type='wsss_plugins.AffinitySegmentor',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.LargeFOVVGG16',
        fc_dilation=4,
        init_cfg=dict(
            type='Pretrained', checkpoint='data/vgg16_imagenet.pth')),
    decode_head=dict(
        type='wsss_plugins.AffinityHead',
        in_channels=[512, 512, 1024],
        norm_channels=8),
    border='reference',
    alpha=16,
    walk=dict(beta=8, steps=256))
