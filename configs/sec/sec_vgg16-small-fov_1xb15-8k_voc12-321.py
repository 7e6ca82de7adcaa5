# Ablation: a small field of view, 211 pixels. Without the last pools, and with
# an fc6 of 1x1, a score depends on what conv5_3 sees. ImageNet's classifier
# has no counterpart of such an fc6, so fc6 and fc7 are trained from scratch.
_base_ = './sec_vgg16_1xb15-8k_voc12-321.py'
model = dict(
    backbone=dict(last_pool='none'),
    decode_head=dict(kernel_size=1, dilation=1, init_cfg=None))
