# DeepLab V2 on VGG16 from ImageNet: four LargeFOV branches.
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    pad_val=0,
    seg_pad_val=255,
    size=(448, 448))
model = dict(
    type='wsss_plugins.MultiScaleMaxSegmentor',
    scales=(.75, .5),
    label_resize='nearest-exact',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.DeepLabVGG16',
        init_cfg=dict(
            type='Pretrained', checkpoint='data/vgg16_imagenet.pth')),
    decode_head=dict(
        type='wsss_plugins.DeepLabV2Head',
        in_channels=512,
        channels=1024))
