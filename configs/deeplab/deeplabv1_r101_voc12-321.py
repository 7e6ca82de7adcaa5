# EPS' stage 2: DeepLab V1 (LargeFOV), ResNet-101 from ImageNet.
_base_ = './deeplabv2_r101_voc12-321.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.LargeFOVHead',
        in_channels=2048,
        num_classes=_base_.num_classes))
tta_model = dict(
    crf=dict(pos_compat=3, pos_sxy=3, bi_compat=4, bi_sxy=121, bi_srgb=5))
