# For networks that are trained from scratch on a few hundred objects.
_base_ = './exits_adamw.py'
max_iters = 300
optim_wrapper = dict(optimizer=dict(lr=1e-3, weight_decay=.05))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=.01,
        begin=0,
        end=50,
        by_epoch=False),
    dict(
        type='CosineAnnealingLR',
        eta_min_ratio=.05,
        begin=50,
        end=max_iters,
        by_epoch=False)
]
train_cfg = dict(
    _delete_=True,
    type='IterBasedTrainLoop',
    max_iters=max_iters,
    val_interval=max_iters)
default_hooks = dict(
    checkpoint=dict(by_epoch=False, interval=100, max_keep_ckpts=1),
    logger=dict(interval=20))
schedule_shortcuts = dict(
    max_epochs=None,
    max_iters=('train_cfg.max_iters', 'train_cfg.val_interval',
               'param_scheduler.-2.end * 1/6',
               'param_scheduler.-1.begin * 1/6 if param_scheduler.-2',
               'param_scheduler.-1.end'))
