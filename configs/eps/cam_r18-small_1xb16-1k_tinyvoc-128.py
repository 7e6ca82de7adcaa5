_base_ = [
    '../_base_/models/cam_r18_small.py',
    '../_base_/datasets/tinyvoc_image_level.py',
    '../_base_/schedules/sgd_poly_psa.py', '../_base_/default_runtime.py'
]
max_iters = 1000
optim_wrapper = dict(
    optimizer=dict(lr=.02, momentum=.9),
    paramwise_cfg=dict(custom_keys=dict(decode_head=dict(lr_mult=5.))))
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
train_cfg = dict(max_iters=max_iters)
default_hooks = dict(checkpoint=dict(interval=250))
randomness = dict(seed=0)
