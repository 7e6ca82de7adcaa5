# MAL's: lr 1.5e-6 for each object of the total batch (8 GPUs x 4 objects), one
# epoch of linear warm-up, half a cosine down to a fifth. No gradient clipping
# in MAL; here it is recommended with mixed precision (--amp).
max_epochs = 10
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        type='AdamW', lr=4.8e-5, betas=(.9, .9), eps=1e-8, weight_decay=5e-4),
    clip_grad=dict(max_norm=1.))
param_scheduler = [
    dict(
        type='wsss_plugins.WarmupHalfCosineLR',
        warmup=1,
        eta_min_ratio=.2,
        end=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True)
]
train_cfg = dict(
    type='EpochBasedTrainLoop',
    max_epochs=max_epochs,
    val_interval=max_epochs)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='wsss_plugins.WorkDirTestLoop')
auto_scale_lr = dict(enable=False, base_batch_size=32)
# A killed run goes on with --resume and ends with the same weights.
default_hooks = dict(
    step_seed=dict(type='wsss_plugins.StepSeedHook'),
    weights=dict(type='wsss_plugins.WeightsHook'),
    finite=dict(type='wsss_plugins.FiniteHook'),
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='wsss_plugins.CheckpointHook', interval=1, max_keep_ckpts=2),
    sampler_seed=dict(type='DistSamplerSeedHook'))
schedule_shortcuts = dict(
    max_epochs=('train_cfg.max_epochs', 'train_cfg.val_interval',
                'param_scheduler.-1.end'))
