# Optimizer and schedule of PSA, EPS and SC-CAM: backbone lr, 10x for the new
# layers, 2x for biases, no decay of biases; poly rule on every iteration.
# Momentum: the references pass weight decay where SGD takes momentum, so
# theirs is 5e-4. Set 0.9 for what the option is usually meant to be. The
# horizon of mmengine's PolyLR is end - 1.
max_iters = 20000
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=.01, momentum=5e-4, weight_decay=5e-4),
    paramwise_cfg=dict(
        bias_lr_mult=2.,
        bias_decay_mult=0.,
        custom_keys={
            'decode_head': dict(lr_mult=10.),
            'decode_head.conv_seg.bias': dict(lr_mult=20., decay_mult=0.)
        }))
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
