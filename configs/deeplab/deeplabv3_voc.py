# A stock model on the same masks: mmseg's DeepLab V3, changed in nothing but
# its data.
_base_ = [
    'mmseg::_base_/models/deeplabv3_r50-d8.py',
    '../_base_/datasets/voc12_pseudo.py', 'mmseg::_base_/schedules/'
    'schedule_20k.py', '../_base_/default_runtime.py'
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes),
    auxiliary_head=dict(num_classes=_base_.num_classes))
mask_dir = _base_.work_root + '/make_masks_voc12/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(seg_map_path=mask_dir)))
schedule_shortcuts = dict(
    max_iters=('train_cfg.max_iters', 'param_scheduler.-1.end'))
shortcuts = dict(weights=('model.pretrained', ))
