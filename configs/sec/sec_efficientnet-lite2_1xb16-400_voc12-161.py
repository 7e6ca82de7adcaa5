# SEC on EfficientNet-Lite2, short and small enough for a CPU.
_base_ = [
    '../_base_/models/sec_efficientnet-lite2.py',
    '../_base_/datasets/voc12_cues_small.py',
    '../_base_/schedules/sgd_step_sec.py', '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
cue_dir = _base_.work_root + '/make_cues_efficientnet-lite2_voc12/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(cue_path=cue_dir)))
max_iters = 400
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-4, weight_decay=.01),
    paramwise_cfg=dict(custom_keys=dict(decode_head=dict(lr_mult=10.))))
param_scheduler = [
    dict(
        type='PolyLR',
        power=.9,
        eta_min=0.,
        begin=0,
        end=max_iters + 1,
        by_epoch=False)
]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(checkpoint=dict(interval=100))
randomness = dict(seed=0)
