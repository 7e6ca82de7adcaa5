# PASCAL VOC 2012 with image-level labels only, as SEC's CAM networks train:
# images of 321x321 whatever their shape, no augmentation.
dataset_type = 'wsss_plugins.VOC12ImageLevelDataset'
data_root = 'data/VOCdevkit/VOC2012'
label_file = 'image_labels.json'
train_list = 'ImageSets/Segmentation/train_aug.txt'
input_size = (321, 321)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=input_size, keep_ratio=False),
    dict(type='wsss_plugins.PackWSSSInputs')
]
# The authors' notebooks resize with aligned corners.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.ZoomResize', size=input_size),
    dict(type='wsss_plugins.PackWSSSInputs')
]
train_dataloader = dict(
    batch_size=15,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        label_file=label_file,
        ann_file=train_list,
        data_prefix=dict(img_path='JPEGImages'),
        pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=15,
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
data_shortcuts = dict(train_list=('test_dataloader.dataset.ann_file', ))
