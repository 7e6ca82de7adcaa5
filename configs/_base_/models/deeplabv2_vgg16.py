# DeepLab V2 on VGG16 from ImageNet: four LargeFOV branches. fc6 and fc7 of
# each start from ImageNet's, thinned out: tools/model_converters/vgg16.py FILE
# data/vgg16_imagenet.pth --large-fov data/vgg16_large_fov.pth
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
        channels=1024,
        init_cfg=[
            dict(type='Normal', layer='Conv2d', std=.01, bias=0.),
            dict(type='Pretrained', checkpoint='data/vgg16_large_fov.pth')
        ]))
