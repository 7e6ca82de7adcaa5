# Mask R-CNN on the masks that a generator made of LVIS v1's training objects.
# Testing needs lvis-api from its repository; the release 0.5.3 does not run on
# numpy 1.24 and later.
_base_ = [
    'mmdet::lvis/mask-rcnn_r50_fpn_sample1e-3_ms-1x_lvis-v1.py',
    '../_base_/detector_runtime.py'
]
train_file = __import__('os').path.abspath(
    f'{_base_.work_root}/exits_vitb_lvis/files/instances.json')
train_dataloader = dict(
    dataset=dict(dataset=dict(ann_file=train_file)))
val_file = 'annotations/lvis_v1_val.json'
shortcuts = dict(
    data_root=('*_dataloader.dataset.data_root',
               '*_dataloader.dataset.dataset.data_root',
               '*_evaluator.ann_file = {data_root}/{val_file}'),
    train_file=('train_dataloader.dataset.dataset.ann_file', ),
    train_images=('train_dataloader.dataset.dataset.data_prefix.img', ))
