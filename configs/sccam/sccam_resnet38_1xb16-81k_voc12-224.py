# SC-CAM on PASCAL VOC 2012 as published: three rounds, each from ImageNet's
# weights on a schedule of 61 epochs that is left after 31, 41 and 51 of them.
# The first round clusters features of PSA's CAM network (feature_checkpoint).
_base_ = [
    '../_base_/models/sccam_resnet38.py',
    '../_base_/datasets/voc12_image_level_224.py',
    '../_base_/schedules/sgd_poly_psa.py', '../_base_/default_runtime.py'
]
model = dict(
    decode_head=dict(parent=dict(num_classes=_base_.num_classes)))
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
feature_checkpoint = _base_.work_root + '/cam_resnet38_1xb16-10k_voc12-448'
custom_hooks = [
    dict(
        type='wsss_plugins.SubCategoryClusteringHook',
        begins=begins,
        restart='network',
        feature_checkpoint=feature_checkpoint),
    dict(type='wsss_plugins.StepSeedHook')
]
randomness = dict(seed=0)
schedule_shortcuts = dict(max_iters=('train_cfg.max_iters', ))
shortcuts = dict(
    feature_checkpoint=('custom_hooks.0.feature_checkpoint', ),
    num_sub=('model.decode_head.num_sub', ))
