# DeepLab's VGG16 with a plain CAM classifier.
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
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://vgg16')),
    decode_head=dict(
        type='wsss_plugins.CAMHead', in_channels=512, num_classes=21))
tta_model = dict(type='wsss_plugins.CAMTTAModel')
