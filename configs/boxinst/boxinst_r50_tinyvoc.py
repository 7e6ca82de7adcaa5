# BoxInst on the boxes of TinyVOC, trained from scratch: a ResNet-18 of half
# the width, for images of 128 pixels. Masks of the file are not read.
_base_ = '../exits/mask-rcnn_r50_tinyvoc.py'
train_file = 'annotations/instances_train.json'
model = dict(
    _delete_=True,
    type='BoxInst',
    data_preprocessor=dict(
        type='BoxInstDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_size_divisor=32,
        mask_stride=4,
        pairwise_size=3,
        pairwise_dilation=2,
        pairwise_color_thresh=.3,
        bottom_pixels_removed=0),
    backbone=dict(
        type='ResNet',
        depth=18,
        base_channels=32,
        stem_channels=32,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        norm_cfg=dict(type='BN', requires_grad=True),
        norm_eval=False,
        style='pytorch'),
    neck=dict(
        type='FPN',
        in_channels=[32, 64, 128, 256],
        out_channels=64,
        start_level=0,
        add_extra_convs='on_output',
        num_outs=5,
        relu_before_extra_convs=True),
    bbox_head=dict(
        type='BoxInstBboxHead',
        num_params=593,
        num_classes=len(_base_.classes),
        in_channels=64,
        stacked_convs=2,
        feat_channels=64,
        strides=[4, 8, 16, 32, 64],
        regress_ranges=((-1, 24), (24, 48), (48, 96), (96, 192), (192, 1e8)),
        norm_on_bbox=True,
        centerness_on_reg=True,
        dcn_on_last_conv=False,
        center_sampling=True,
        conv_bias=True,
        loss_cls=dict(
            type='FocalLoss',
            use_sigmoid=True,
            gamma=2.,
            alpha=.25,
            loss_weight=1.),
        loss_bbox=dict(type='GIoULoss', loss_weight=1.),
        loss_centerness=dict(
            type='CrossEntropyLoss', use_sigmoid=True, loss_weight=1.)),
    mask_head=dict(
        type='BoxInstMaskHead',
        num_layers=3,
        feat_channels=16,
        size_of_interest=8,
        mask_out_stride=4,
        topk_masks_per_img=64,
        mask_feature_head=dict(
            in_channels=64,
            feat_channels=64,
            start_level=0,
            end_level=2,
            out_channels=16,
            mask_stride=4,
            num_stacked_convs=2,
            norm_cfg=dict(type='BN', requires_grad=True)),
        loss_mask=dict(
            type='DiceLoss',
            use_sigmoid=True,
            activate=True,
            eps=5e-6,
            loss_weight=1.)),
    test_cfg=dict(
        nms_pre=300,
        min_bbox_size=0,
        score_thr=.05,
        nms=dict(type='nms', iou_threshold=.6),
        max_per_img=20,
        mask_thr=.5))
train_pipeline = [
    dict(type='wsss_plugins.LoadUprightImage'),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(
        type='RandomResize',
        scale=(128, 128),
        ratio_range=(.8, 1.4),
        keep_ratio=True),
    dict(type='RandomFlip', prob=.5),
    dict(type='PackDetInputs')
]
train_dataloader = dict(
    dataset=dict(ann_file=train_file, pipeline=train_pipeline))
