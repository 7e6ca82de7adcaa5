# The paper's protocol on TinyVOC: a plain classifier, then three rounds that
# begin from nothing, on a schedule of 400 iterations each.
_base_ = './sccam_r18-small_1xb16-400_tinyvoc-128.py'
train_cfg = dict(max_iters=1600)
custom_hooks = [
    dict(
        type='wsss_plugins.SubCategoryClusteringHook',
        begins=[400, 800, 1200],
        restart='network'),
    dict(type='wsss_plugins.StepSeedHook')
]
