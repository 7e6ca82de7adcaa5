# Mask R-CNN on TinyVOC, trained from scratch: a ResNet-18 of half the width,
# small heads, anchors for images of 128 pixels.
_base_ = [
    'mmdet::mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py',
    '../_base_/detector_runtime.py'
]
data_root = 'data/tinyvoc/'
# What label_objects or the pipeline wrote: train_file=FOLDER/instances.json.
train_file = 'annotations/exits_train.json'
val_file = 'annotations/instances_val.json'
classes = ('aeroplane', 'boat', 'bus', 'car', 'cat', 'person', 'train')
max_iters = 240
model = dict(
    backbone=dict(
        depth=18,
        base_channels=32,
        stem_channels=32,
        frozen_stages=-1,
        norm_eval=False,
        init_cfg=None),
    neck=dict(in_channels=[32, 64, 128, 256], out_channels=64),
    rpn_head=dict(
        in_channels=64,
        feat_channels=64,
        anchor_generator=dict(scales=[4])),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=64, finest_scale=28),
        bbox_head=dict(
            in_channels=64, fc_out_channels=256, num_classes=len(classes)),
        mask_roi_extractor=dict(out_channels=64, finest_scale=28),
        mask_head=dict(
            num_convs=2,
            in_channels=64,
            conv_out_channels=64,
            num_classes=len(classes))),
    train_cfg=dict(
        rpn_proposal=dict(nms_pre=500, max_per_img=200),
        rcnn=dict(sampler=dict(num=64))),
    test_cfg=dict(
        rpn=dict(nms_pre=300, max_per_img=100), rcnn=dict(max_per_img=20)))
train_pipeline = [
    dict(type='wsss_plugins.LoadUprightImage'),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(
        type='RandomResize',
        scale=(128, 128),
        ratio_range=(.8, 1.4),
        keep_ratio=True),
    dict(type='RandomFlip', prob=.5),
    dict(type='PackDetInputs')
]
test_pipeline = [
    dict(type='wsss_plugins.LoadUprightImage'),
    dict(type='Resize', scale=(128, 128), keep_ratio=True),
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape',
                   'scale_factor'))
]
train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True),
    dataset=dict(
        metainfo=dict(classes=classes),
        data_root=data_root,
        ann_file=train_file,
        data_prefix=dict(img='JPEGImages/'),
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=4,
    num_workers=1,
    dataset=dict(
        metainfo=dict(classes=classes),
        data_root=data_root,
        ann_file=val_file,
        data_prefix=dict(img='JPEGImages/'),
        pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=data_root + val_file)
test_evaluator = val_evaluator
train_cfg = dict(
    _delete_=True, type='IterBasedTrainLoop', max_iters=max_iters,
    val_interval=max_iters)
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=.05),
    clip_grad=dict(max_norm=5.))
param_scheduler = [
    dict(type='LinearLR', start_factor=.01, begin=0, end=50, by_epoch=False),
    dict(
        type='PolyLR',
        power=.9,
        eta_min=0.,
        begin=50,
        end=max_iters + 1,
        by_epoch=False)
]
default_hooks = dict(
    step_seed=dict(type='wsss_plugins.StepSeedHook'),
    weights=dict(type='wsss_plugins.WeightsHook'),
    finite=dict(type='wsss_plugins.FiniteHook'),
    checkpoint=dict(
        type='wsss_plugins.CheckpointHook', by_epoch=False, interval=100,
        max_keep_ckpts=1),
    logger=dict(interval=20))
log_processor = dict(by_epoch=False)
randomness = dict(seed=0)
shortcuts = dict(
    max_epochs=None,
    max_iters=('train_cfg.max_iters', 'train_cfg.val_interval',
               'param_scheduler.-2.end * 5/24',
               'param_scheduler.-1.begin * 5/24 if param_scheduler.-2',
               'param_scheduler.-1.end + 1'))
