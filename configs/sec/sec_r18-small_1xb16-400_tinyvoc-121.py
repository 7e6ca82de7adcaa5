# SEC on TinyVOC.
_base_ = [
    '../_base_/models/sec_r18_small.py', '../_base_/datasets/tinyvoc_cues.py',
    '../_base_/schedules/sgd_step_sec.py', '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
cue_dir = _base_.work_root + '/make_cues_tinyvoc/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(cue_path=cue_dir)))
max_iters = 400
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=.05))
param_scheduler = [
    dict(type='LinearLR', start_factor=.05, begin=0, end=50, by_epoch=False),
    dict(
        type='PolyLR',
        power=.9,
        eta_min=0.,
        begin=50,
        end=max_iters + 1,
        by_epoch=False)
]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(checkpoint=dict(interval=100))
randomness = dict(seed=0)
schedule_shortcuts = dict(
    max_iters=('train_cfg.max_iters', 'train_cfg.val_interval',
               'param_scheduler.-2.end * 1/8',
               'param_scheduler.-1.begin * 1/8 if param_scheduler.-2',
               'param_scheduler.-1.end + 1'))
