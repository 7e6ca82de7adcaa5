# A short fine-tuning from the convex fit: the head is at its optimum for the
# frozen backbone before the first step, so small steps are enough.
max_iters = 80
custom_hooks = [
    dict(
        type='wsss_plugins.LinearStartHook',
        scales=(384, 512),
        weight_decay=2e-4),
    dict(type='wsss_plugins.ChannelsLastHook')
]
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=.001, momentum=.9, weight_decay=2e-4),
    paramwise_cfg=dict(custom_keys=dict(decode_head=dict(lr_mult=3.))))
param_scheduler = [
    dict(
        type='PolyLR',
        power=.9,
        eta_min=0.,
        begin=0,
        end=max_iters + 1,
        by_epoch=False)
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters)
test_cfg = dict(type='wsss_plugins.WorkDirTestLoop')
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=10, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='CheckpointHook', by_epoch=False, interval=20,
        max_keep_ckpts=2),
    sampler_seed=dict(type='DistSamplerSeedHook'))
schedule_shortcuts = dict(
    max_iters=('train_cfg.max_iters', 'train_cfg.val_interval',
               'param_scheduler.-1.end + 1'))
