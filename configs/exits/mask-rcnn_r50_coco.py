# Mask R-CNN on the masks that a generator made of COCO's train2017. Nothing is
# changed but the annotation file. Keep poly2mask=True, mmdet's default: with
# False, as in its *ms-poly* configs, run-length masks are ignored one by one
# and the model trains on nothing without an error.
_base_ = [
    'mmdet::mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py',
    '../_base_/detector_runtime.py'
]
train_file = __import__('os').path.abspath(
    f'{_base_.work_root}/exits_vitb_coco/files/instances.json')
train_dataloader = dict(dataset=dict(ann_file=train_file))
