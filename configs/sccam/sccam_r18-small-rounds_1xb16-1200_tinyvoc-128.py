# The paper's protocol on TinyVOC: three rounds, each trained from scratch on
# a schedule of 400 iterations each.
_base_ = './sccam_r18-small_1xb16-400_tinyvoc-128.py'
max_iters = 1200
train_cfg = dict(max_iters=max_iters)
custom_hooks = [
    dict(
        type='wsss_plugins.SubCategoryClusteringHook',
        begins=[0, 400, 800],
        restart='network',
        feature_checkpoint=_base_.feature_checkpoint),
    dict(type='wsss_plugins.StepSeedHook')
]
schedule_shortcuts = dict(max_iters=('train_cfg.max_iters', ))
