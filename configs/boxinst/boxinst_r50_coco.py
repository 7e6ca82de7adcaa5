# BoxInst on boxes of COCO, mmdet's config: masks of the training file are not
# read, so one of extreme points serves as well.
_base_ = [
    'mmdet::boxinst/boxinst_r50_fpn_ms-90k_coco.py',
    '../_base_/detector_runtime.py'
]
data_root = 'data/coco/'
train_file = 'annotations/points_train2017.json'
train_dataloader = dict(dataset=dict(ann_file=train_file))
# It counts iterations.
shortcuts = dict(
    max_epochs=None,
    max_iters=('train_cfg.max_iters', 'train_cfg.val_interval * 1/9'))
