# EPS' stage 2: DeepLab V1 (LargeFOV), VGG16 from ImageNet.
_base_ = './deeplabv2_vgg16-in1k_voc.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.LargeFOVHead',
        in_channels=512,
        num_classes=_base_.num_classes,
        init_cfg=[
            dict(type='Normal', layer='Conv2d', std=.01, bias=0.),
            dict(type='Pretrained', checkpoint='data/vgg16_large_fov.pth')
        ]))
tta_model = dict(
    crf=dict(pos_compat=3, pos_sxy=3, bi_compat=4, bi_sxy=121, bi_srgb=5))
