# SEC: a tenth of the rate every 2000 iterations; 2x for biases, which do not
# decay, 10x and 20x for the weights and biases of the last layer. A custom
# key switches the rules for biases off, so the last one says all of it.
max_iters = 8000
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=1e-3, momentum=.9, weight_decay=5e-4),
    paramwise_cfg=dict(
        bias_lr_mult=2.,
        bias_decay_mult=0.,
        custom_keys={
            'conv_seg.weight': dict(lr_mult=10.),
            'conv_seg.bias': dict(lr_mult=20., decay_mult=0.)
        }))
param_scheduler = [
    dict(
        type='MultiStepLR',
        milestones=[2000, 4000, 6000],
        gamma=.1,
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
        interval=1000, max_keep_ckpts=1),
    sampler_seed=dict(type='DistSamplerSeedHook'))
schedule_shortcuts = dict(
    max_iters=('train_cfg.max_iters', 'train_cfg.val_interval',
               'param_scheduler.-1.end + 1'))
