# DeepLab V2 on torchvision's ResNet-50, as papers of weak supervision after
# 2018 train it.
_base_ = './deeplabv2_r101.py'
data_preprocessor = dict(
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True)
model = dict(
    data_preprocessor=data_preprocessor,
    backbone=dict(
        depth=50,
        style='pytorch',
        init_cfg=dict(checkpoint='torchvision://resnet50')))
