# MobileNetV2 at stride 16, whose scores are interpolated to 41x41, the size
# of SEC's public cues. For images of 161x161, half of the paper's: fc6 looks
# as far, as a share of the image. The first stages, the most costly ones to
# train, stay as ImageNet made them.
_base_ = './sec_vgg16.py'
data_preprocessor = dict(mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5])
model = dict(
    data_preprocessor=data_preprocessor,
    backbone=dict(
        _delete_=True,
        type='wsss_plugins.MobileNetV2Top',
        output_stride=16,
        frozen_stages=2,
        norm_eval=True,
        norm_cfg=dict(type='BN', requires_grad=False),
        conv_cfg=dict(type='Conv2dAdaptivePadding'),
        init_cfg=dict(
            type='Pretrained', checkpoint='data/mobilenet_v2_mmseg.pth')),
    decode_head=dict(
        in_channels=1280, channels=256, dilation=3, map_size=(41, 41)))
