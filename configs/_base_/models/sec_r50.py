# Stock ResNet-50 at stride 8 under the same head and losses.
_base_ = './sec_vgg16.py'
model = dict(
    pretrained='open-mmlab://resnet50_v1c',
    backbone=dict(
        _delete_=True,
        type='ResNetV1c',
        depth=50,
        strides=(1, 2, 1, 1),
        dilations=(1, 1, 2, 4),
        norm_cfg=dict(type='BN'),
        contract_dilation=True),
    decode_head=dict(in_channels=2048))
