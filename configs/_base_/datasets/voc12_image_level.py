# PASCAL VOC 2012 with image-level labels and saliency; the augmentation of PSA
# and EPS.
dataset_type = 'wsss_plugins.VOC12ImageLevelDataset'
data_root = 'data/VOCdevkit/VOC2012'
label_file = 'image_labels.json'
train_list = 'ImageSets/Segmentation/train_aug.txt'
crop_size = (448, 448)
mean_bgr = (103.53, 116.28, 123.675)

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadDenseMap', key='saliency'),
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
        img_fill=mean_bgr),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.PackWSSSInputs')
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[
            [
                dict(type='wsss_plugins.Rescale', factor=factor)
                for factor in (.5, 1., 1.5, 2.)
            ],
            [dict(type='RandomFlip', prob=prob) for prob in (0., 1.)],
            [dict(type='wsss_plugins.PackWSSSInputs')],
        ])
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
        label_file=label_file,
        ann_file=train_list,
        data_prefix=dict(
            img_path='JPEGImages', saliency_path='saliency'),
        pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        label_file=label_file,
        ann_file=train_list,
        data_prefix=dict(img_path='JPEGImages'),
        test_mode=True,
        pipeline=test_pipeline))
test_evaluator = [
    dict(type='wsss_plugins.CAMWriter', out_dir='work_dirs/eps_voc12/cam')
]
data_shortcuts = dict(train_list=('test_dataloader.dataset.ann_file', ))
