# PASCAL VOC 2012 with image-level labels and localization cues, as SEC: images
# of 321x321 whatever their shape, no augmentation. Maps of stride 8 are 41x41.
dataset_type = 'wsss_plugins.VOC12ImageLevelDataset'
data_root = 'data/VOCdevkit/VOC2012'
input_size = (321, 321)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadCues'),
    dict(type='Resize', scale=input_size, keep_ratio=False),
    dict(type='wsss_plugins.MakeCRFImage', stride=8),
    dict(type='wsss_plugins.PackWSSSInputs')
]
# The authors' demo resizes with aligned corners, their training does not.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.ZoomResize', size=input_size),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs')
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[[dict(type='wsss_plugins.ZoomResize', size=input_size)],
                    [dict(type='LoadAnnotations')],
                    [dict(type='PackSegInputs')]])
]
train_dataloader = dict(
    batch_size=15,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        label_file='image_labels.json',
        ann_file='ImageSets/Segmentation/train_aug.txt',
        data_prefix=dict(
            img_path='JPEGImages',
            cue_path='./work_dirs/sec_voc12/cues/files'),
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
