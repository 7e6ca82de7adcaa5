# Pseudo masks in training, ground truth in validation; the augmentation of the
# PyTorch code of DeepLab V2 that is common in WSSS. Configs name the folder of
# pseudo masks.
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
    dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(test_mode=True, pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(
    type='wsss_plugins.PaletteIoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator
data_shortcuts = dict(
    train_list=('train_dataloader.dataset.ann_file', ),
    val_list=('val_dataloader.dataset.ann_file',
              'test_dataloader.dataset.ann_file'),
    val_images=('test_dataloader.dataset.data_prefix.img_path', ),
    val_masks=('val_dataloader.dataset.data_prefix.seg_map_path',
               'test_dataloader.dataset.data_prefix.seg_map_path'))
