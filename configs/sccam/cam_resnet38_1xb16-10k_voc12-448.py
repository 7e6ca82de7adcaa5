# Round 0: PSA's classifier, whose features the first round clusters.
_base_ = [
    '../_base_/models/cam_resnet38.py',
    '../_base_/datasets/voc12_tags_224.py',
    '../_base_/schedules/sgd_poly_psa.py', '../_base_/default_runtime.py'
]
crop_size = (448, 448)
max_iters = 15 * (10582 // 16)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.RandomResizeLong', min_long=256, max_long=512),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.ColorJitter',
        brightness=.3,
        contrast=.3,
        saturation=.3,
        hue=.1),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=crop_size,
        img_fill=_base_.mean_bgr),
    dict(type='wsss_plugins.PackWSSSInputs')
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=.1))
param_scheduler = [
    dict(
        type='PolyLR',
        power=.9,
        eta_min=0.,
        begin=0,
        end=max_iters + 1,
        by_epoch=False)
]
train_cfg = dict(max_iters=max_iters)
