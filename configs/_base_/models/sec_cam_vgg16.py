# VGG16 of SEC's foreground network: three pools, stride 8, no dilation. The
# weights are torchvision's, so images are RGB with ImageNet's mean and
# deviation. (Caffe's: bgr_to_rgb=False, mean=[104.008, 116.669, 122.675],
# std=[1, 1, 1].)
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True)
model = dict(
    type='wsss_plugins.CAMSegmentor',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.DeepLabVGG16',
        dilation=1,
        pool_size=2,
        strides=(2, 2, 2, 0, 0),
        init_cfg=dict(
            type='Pretrained', checkpoint='data/vgg16_imagenet.pth')),
    # Caffe adds the logistic losses of the classes; ours is their mean.
    decode_head=dict(
        type='wsss_plugins.SECCAMHead',
        in_channels=512,
        loss_cls=dict(
            type='wsss_plugins.MultiLabelSoftMarginLoss', loss_weight=20.)))
