# SEC on ImageNet's MobileNetV2, short enough for a CPU; with few pictures,
# which are mirrored.
_base_ = [
    '../_base_/models/sec_mobilenetv2.py', '../_base_/datasets/voc12_cues.py',
    '../_base_/schedules/sgd_step_sec.py', '../_base_/default_runtime.py'
]
max_iters = 400
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomFlip', prob=.5),
    dict(type='wsss_plugins.LoadCues', size=(41, 41)),
    dict(type='Resize', scale=_base_.input_size, keep_ratio=False),
    dict(type='wsss_plugins.MakeCRFImage', stride=8),
    dict(type='wsss_plugins.PackWSSSInputs')
]
train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    dataset=dict(
        ann_file='ImageSets/Segmentation/train.txt', pipeline=train_pipeline))
val_dataloader = dict(num_workers=2)
test_dataloader = dict(num_workers=2)
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
