# A convex fit of the head on features of the frozen backbone in place of a
# training loop. mmengine wants an optimizer; it is not used.
train_cfg = dict(
    type='wsss_plugins.LinearFitLoop',
    scales=(384, 512),
    weight_decay=2e-4)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.))
test_cfg = dict(type='wsss_plugins.WorkDirTestLoop')
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=1, log_metric_by_epoch=False),
    checkpoint=dict(
        type='CheckpointHook', by_epoch=False, interval=1,
        save_optimizer=False),
    sampler_seed=dict(type='DistSamplerSeedHook'))
