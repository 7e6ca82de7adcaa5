# As deeplabv2_r101_voc12-321.py from weights that were trained on COCO, as in
# the paper's experiments: about two points of mIoU, and no longer image-level
# labels alone.
_base_ = './deeplabv2_r101_voc12-321.py'
model = dict(
    backbone=dict(init_cfg=dict(checkpoint='data/resnet101_deeplab_coco.pth')))
