# EPS' stage 2 on COCO 2014: DeepLab V2, VGG16 from ImageNet. The paper gives
# no schedule for it; this is that of the common code base.
_base_ = [
    '../_base_/models/deeplabv2_vgg16.py',
    '../_base_/datasets/coco14_pseudo_msc.py',
    '../_base_/schedules/sgd_poly_deeplab.py', '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
max_iters = 50000
param_scheduler = [
    dict(
        type='PolyLR',
        power=.85,
        eta_min=0.,
        begin=0,
        end=max_iters + 1,
        by_epoch=False)
]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(
        type='RandomChoice',
        transforms=[[
            dict(type='Resize', scale_factor=factor, keep_ratio=True)
        ] for factor in (.5, .75, 1., 1.25, 1.5, 1.75, 2.)]),
    dict(type='RandomCrop', crop_size=(448, 448)),
    dict(type='RandomFlip', prob=.5),
    dict(type='PackSegInputs')
]
mask_dir = _base_.work_root + '/make_masks_coco14/files'
train_dataloader = dict(
    batch_size=20,
    dataset=dict(
        data_prefix=dict(seg_map_path=mask_dir), pipeline=train_pipeline))
tta_model = dict(
    crf=dict(pos_compat=2, pos_sxy=2, bi_compat=4, bi_sxy=65, bi_srgb=3))
