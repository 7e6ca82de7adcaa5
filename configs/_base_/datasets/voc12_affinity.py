# PASCAL VOC 2012 for AffinityNet: affinity labels (masks of confident seeds)
# in training, CAM files for the random walk. No rescaling; black beside the
# image.
dataset_type = 'wsss_plugins.VOC12ImageLevelDataset'
data_root = 'data/VOCdevkit/VOC2012'
train_list = 'ImageSets/Segmentation/train_aug.txt'
crop_size = (448, 448)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(
        type='wsss_plugins.ColorJitter',
        brightness=.3,
        contrast=.3,
        saturation=.3,
        hue=.1),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=crop_size,
        img_fill=(0, 0, 0)),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.MakeAffinityGrid', stride=8, sampling='majority'),
    dict(type='wsss_plugins.PackAffinityInputs')
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='wsss_plugins.PackWSSSInputs')
]
train_dataloader = dict(
    batch_size=8,
    num_workers=8,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file=train_list,
        data_prefix=dict(
            img_path='JPEGImages',
            seg_map_path='./work_dirs/psa_voc12/labels_aff/files'),
        pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file=train_list,
        data_prefix=dict(
            img_path='JPEGImages',
            cam_path='./work_dirs/psa_voc12/cam_cam/files'),
        test_mode=True,
        pipeline=test_pipeline))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoMaskWriter',
        out_dir='work_dirs/psa_voc12/masks_aff/files')
]
data_shortcuts = dict(train_list=('test_dataloader.dataset.ann_file', ))
