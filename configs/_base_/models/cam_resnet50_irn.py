# IRNet's classification network: ResNet-50 at stride 16, stem and first two
# stages frozen.
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
        depth=50,
        strides=(1, 2, 2, 1),
        dilations=(1, 1, 1, 1),
        frozen_stages=2,
        norm_eval=True,
        init_cfg=dict(
            type='Pretrained', checkpoint='torchvision://resnet50')),
    decode_head=dict(
        type='wsss_plugins.CAMHead',
        in_channels=2048,
        dropout_ratio=0.,
        # What torch gives a convolution.
        init_cfg=dict(
            type='Kaiming',
            distribution='uniform',
            mode='fan_in',
            nonlinearity='leaky_relu',
            a=5**.5,
            override=dict(name='conv_seg'))))
tta_model = dict(type='wsss_plugins.StridedCAMTTAModel', stride=4)
