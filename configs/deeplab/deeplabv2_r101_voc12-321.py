# EPS' stage 2: DeepLab V2, ResNet-101 from ImageNet, on pseudo masks.
_base_ = [
    '../_base_/models/deeplabv2_r101.py', '../_base_/datasets/voc12_pseudo.py',
    '../_base_/schedules/sgd_poly_deeplab.py', '../_base_/default_runtime.py'
]
