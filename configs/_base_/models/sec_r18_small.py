# A narrow ResNet-18 trained from scratch, for TinyVOC.
_base_ = './sec_vgg16.py'
# The paper's parameters are for maps of 41x41 and images of 500 pixels. Here
# maps are 16x16, and a tenth and three tenths of their pixels have half of
# the weight, as there; distances have the same share of an image.
_pixels = 16 * 16
model = dict(
    backbone=dict(
        _delete_=True,
        type='ResNet',
        depth=18,
        stem_channels=32,
        base_channels=32,
        strides=(1, 2, 1, 1),
        dilations=(1, 1, 1, 1),
        norm_cfg=dict(type='BN')),
    decode_head=dict(
        in_channels=256,
        channels=128,
        dilation=4,
        dropout_ratio=.1,
        loss_expand=dict(
            decay_present=round(.5**(1 / (.1 * _pixels)), 4),
            decay_background=round(.5**(1 / (.3 * _pixels)), 4)),
        loss_constrain=dict(crf=dict(scale=31))))
tta_model = dict(crf=dict(scale=4))
