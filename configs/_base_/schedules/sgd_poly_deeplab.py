# DeepLab V2: 10x for the head's weights, 2x for biases, which do not decay, so
# 20x for those of the head; poly rule.
max_iters = 20000
optim_wrapper = dict(
    type='OptimWrapper',
    constructor='wsss_plugins.BiasRulesConstructor',
    optimizer=dict(type='SGD', lr=2.5e-4, momentum=.9, weight_decay=5e-4),
    paramwise_cfg=dict(
        bias_lr_mult=2.,
        bias_decay_mult=0.,
        custom_keys={'decode_head': dict(lr_mult=10.)}))
param_scheduler = [
    dict(
        type='PolyLR',
        power=.9,
        eta_min=0.,
        begin=0,
        end=max_iters + 1,
        by_epoch=False)
]
train_cfg = dict(
    type='IterBasedTrainLoop', max_iters=max_iters, val_interval=max_iters)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='wsss_plugins.WorkDirTestLoop')
default_hooks = dict(
    step_seed=dict(type='wsss_plugins.StepSeedHook'),
    weights=dict(type='wsss_plugins.WeightsHook'),
    finite=dict(type='wsss_plugins.FiniteHook'),
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='wsss_plugins.CheckpointHook', by_epoch=False,
        interval=2000, max_keep_ckpts=1),
    sampler_seed=dict(type='DistSamplerSeedHook'))
schedule_shortcuts = dict(
    max_iters=('train_cfg.max_iters', 'train_cfg.val_interval',
               'param_scheduler.-1.end + 1'))
