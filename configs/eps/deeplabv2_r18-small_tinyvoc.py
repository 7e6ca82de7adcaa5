# Stage 2 on TinyVOC.
_base_ = [
    '../_base_/models/deeplabv2_r18_small.py',
    '../_base_/datasets/tinyvoc_pseudo.py',
    '../_base_/schedules/sgd_poly_deeplab.py', '../_base_/default_runtime.py'
]
max_iters = 600
optim_wrapper = dict(
    optimizer=dict(lr=.02),
    paramwise_cfg=dict(custom_keys=dict(decode_head=dict(lr_mult=5.))))
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
default_hooks = dict(checkpoint=dict(interval=200))
randomness = dict(seed=0)
