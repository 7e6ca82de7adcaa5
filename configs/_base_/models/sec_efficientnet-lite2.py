# EfficientNet-Lite2 at stride 16, whose scores are interpolated to 41x41, the
# size of SEC's public cues. For images of 161x161, half of the paper's: fc6
# looks as far, as a share of the image. The first stages, the most costly ones
# to train, stay as ImageNet made them.
_base_ = './sec_vgg16.py'
data_preprocessor = dict(mean=[127., 127., 127.], std=[128., 128., 128.])
model = dict(
    data_preprocessor=data_preprocessor,
    backbone=dict(
        _delete_=True,
        type='wsss_plugins.EfficientNetLite',
        arch='lite2',
        output_stride=16,
        frozen_stages=4,
        norm_cfg=dict(
            type='BN', eps=1e-3, momentum=.01, requires_grad=False),
        norm_eval=True,
        init_cfg=dict(type='Pretrained', checkpoint='efficientnet-lite2')),
    decode_head=dict(
        in_channels=1280, channels=256, dilation=3, map_size=(41, 41)))
