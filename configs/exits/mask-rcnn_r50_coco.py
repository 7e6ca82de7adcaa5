# Mask R-CNN on the masks that a generator made of COCO's train2017. Nothing is
# changed but the annotation file. Keep poly2mask=True, mmdet's default: with
# False, as in its *ms-poly* configs, RLE masks are ignored one by one and the
# model trains on nothing without an error.
_base_ = 'mmdet::mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py'
train_dataloader = dict(
    dataset=dict(ann_file='annotations/exits_train2017.json'))
