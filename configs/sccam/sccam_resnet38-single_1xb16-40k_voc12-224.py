# One training of 61 epochs, clustered three times on its way. The network and
# its optimizer go on; only the classifier of sub-categories is initialized
# again.
_base_ = './sccam_resnet38_1xb16-81k_voc12-224.py'
max_iters = 61 * _base_.epoch
begins = [15 * _base_.epoch, 30 * _base_.epoch, 45 * _base_.epoch]
train_cfg = dict(max_iters=max_iters)
custom_hooks = [
    dict(
        type='wsss_plugins.SubCategoryClusteringHook',
        begins=begins,
        restart='sub_head')
]
schedule_shortcuts = dict(
    max_iters=('train_cfg.max_iters', 'param_scheduler.-1.end + 1'))
