# A stock model on the same masks: mmseg's DeepLab V3, changed in nothing but
# its data.
_base_ = [
    'mmseg::_base_/models/deeplabv3_r50-d8.py',
    '../_base_/datasets/voc12_pseudo.py', 'mmseg::_base_/schedules/'
    'schedule_20k.py', '../_base_/default_runtime.py'
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=21),
    auxiliary_head=dict(num_classes=21))
default_hooks = dict(
    step_seed=dict(type='wsss_plugins.StepSeedHook'),
    weights=dict(type='wsss_plugins.WeightsHook'),
    checkpoint=dict(type='wsss_plugins.CheckpointHook'))
schedule_shortcuts = dict(
    max_iters=('train_cfg.max_iters', 'param_scheduler.-1.end'))
shortcuts = dict(weights=('model.pretrained', ))
