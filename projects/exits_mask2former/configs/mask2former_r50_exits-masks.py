# Stock Mask2Former on the masks of EXITS; only its annotation file is another.
_base_ = [
    'mmdet::mask2former/mask2former_r50_8xb2-lsj-50e_coco.py',
    '../../../configs/_base_/detector_runtime.py'
]
train_file = __import__('os').path.abspath(
    f'{_base_.work_root}/exits_vitb_coco/files/instances.json')
train_dataloader = dict(dataset=dict(ann_file=train_file))
shortcuts = dict(
    max_epochs=None, max_iters=('train_cfg.max_iters', 'param_scheduler.end'))
