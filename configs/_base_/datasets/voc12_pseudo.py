# PASCAL VOC 2012 for stage 2: pseudo masks in training, true ones in
# validation; the augmentation of DeepLab V2's common PyTorch code.
dataset_type = 'wsss_plugins.VOC12ImageLevelDataset'
data_root = 'data/VOCdevkit/VOC2012'
crop_size = (321, 321)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(
        type='RandomChoice',
        transforms=[[
            dict(type='Resize', scale_factor=factor, keep_ratio=True)
        ] for factor in (.5, .75, 1., 1.25, 1.5)]),
    dict(type='RandomCrop', crop_size=crop_size),
    dict(type='RandomFlip', prob=.5),
    dict(type='PackSegInputs')
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs')
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[[
            dict(type='Resize', scale_factor=factor, keep_ratio=True)
            for factor in (.5, .75, 1., 1.25, 1.5)
        ], [dict(type='RandomFlip', prob=prob) for prob in (0., 1.)],
                    [dict(type='LoadAnnotations')],
                    [dict(type='PackSegInputs')]])
]
tta_model = dict(type='wsss_plugins.CRFSegTTAModel')
train_dataloader = dict(
    batch_size=10,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='ImageSets/Segmentation/train_aug.txt',
        data_prefix=dict(
            img_path='JPEGImages',
            seg_map_path='./work_dirs/eps_voc12/masks/files'),
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='ImageSets/Segmentation/val.txt',
        data_prefix=dict(
            img_path='JPEGImages', seg_map_path='SegmentationClass'),
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(
    type='wsss_plugins.PaletteIoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator
data_shortcuts = dict(val_list=('test_dataloader.dataset.ann_file', ))
