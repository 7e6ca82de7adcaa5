# A similarity extractor: a few epochs of MAL's schedule.
_base_ = './exits_adamw.py'
max_epochs = 3
param_scheduler = [
    dict(
        type='wsss_plugins.WarmupHalfCosineLR',
        warmup=1,
        eta_min_ratio=.2,
        end=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
