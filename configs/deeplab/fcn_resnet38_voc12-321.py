# PSA's other segmentor: a 1x1 classifier on the wide ResNet-38.
_base_ = './deeplabv2_r101_voc12-321.py'
data_preprocessor = dict(
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True)
model = dict(
    _delete_=True,
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        pad_val=0,
        seg_pad_val=255,
        size=(321, 321),
        **data_preprocessor),
    backbone=dict(
        type='wsss_plugins.ResNet38',
        init_cfg=dict(type='Pretrained', checkpoint='data/resnet38_a1.pth')),
    decode_head=dict(
        type='FCNHead',
        num_convs=0,
        concat_input=False,
        in_channels=4096,
        channels=4096,
        dropout_ratio=.5,
        in_index=-1,
        num_classes=_base_.num_classes),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
mask_dir = _base_.work_root + '/aff_resnet38_1xb8-11k_voc12-448/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(seg_map_path=mask_dir)))
