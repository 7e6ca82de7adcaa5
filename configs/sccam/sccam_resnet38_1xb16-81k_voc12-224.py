# SC-CAM on PASCAL VOC 2012 as published: three rounds, each from ImageNet's
# weights on a schedule of 61 epochs that is left after 31, 41 and 51 of them.
# The first round clusters features of PSA's classifier (feature_checkpoint).
_base_ = [
    '../_base_/models/sccam_resnet38.py',
    '../_base_/datasets/voc12_tags_224.py',
    '../_base_/schedules/sgd_poly_psa.py', '../_base_/default_runtime.py'
]
epoch = 10582 // 16
begins = [0, 31 * epoch, 72 * epoch]
max_iters = 123 * epoch
param_scheduler = [
    dict(
        type='PolyLR',
        power=.9,
        eta_min=0.,
        begin=0,
        end=61 * epoch + 1,
        by_epoch=False)
]
train_cfg = dict(max_iters=max_iters)
custom_hooks = [
    dict(
        type='wsss_plugins.SubCategoryClusteringHook',
        begins=begins,
        restart='network',
        feature_checkpoint='work_dirs/sccam_voc12/train_cam')
]
randomness = dict(seed=0)
schedule_shortcuts = dict(max_iters=('train_cfg.max_iters', ))
