# Any instance segmentor: the same line as in mask-rcnn_r50_coco.py.
_base_ = [
    'mmdet::solov2/solov2_r50_fpn_1x_coco.py',
    '../_base_/detector_runtime.py'
]
train_file = __import__('os').path.abspath(
    f'{_base_.work_root}/exits_vitb_coco/files/instances.json')
train_dataloader = dict(dataset=dict(ann_file=train_file))
