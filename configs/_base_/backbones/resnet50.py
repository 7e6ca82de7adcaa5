# ResNet-50 at stride 16, in PyTorch's style. ImageNet weights: torchvision's,
# by its package, or a file by --weights.
data_preprocessor = dict(
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True)
backbone = dict(
    type='mmseg.ResNet',
    depth=50,
    strides=(1, 2, 2, 1),
    dilations=(1, 1, 1, 2),
    norm_cfg=dict(type='BN', requires_grad=False),
    norm_eval=True,
    init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50'))
cam = dict(out_indices=(3, ))
# Stride 4, and the last stage.
segmentor = dict(out_indices=(0, 3), frozen_stages=1)
