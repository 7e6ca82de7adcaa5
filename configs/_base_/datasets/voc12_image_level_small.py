# PASCAL VOC 2012 for a small backbone on a CPU: smaller crops, fewer scales,
# and only the images of the segmentation task.
_base_ = './voc12_image_level.py'
train_list = _base_.eval_list
mean_bgr = (127.5, 127.5, 127.5)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.RandomResizeLong', min_long=224, max_long=416),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.ColorJitter',
        brightness=.3,
        contrast=.3,
        saturation=.3,
        hue=.1),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=(256, 256),
        img_fill=mean_bgr),
    dict(type='wsss_plugins.PackWSSSInputs')
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[
            [
                dict(type='wsss_plugins.Rescale', factor=factor, max_long=400)
                for factor in (.75, 1., 1.5)
            ],
            [dict(type='RandomFlip', prob=prob) for prob in (0., 1.)],
            [dict(type='wsss_plugins.PackWSSSInputs')],
        ])
]
train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    dataset=dict(ann_file=train_list, pipeline=train_pipeline))
test_dataloader = dict(num_workers=2, dataset=dict(ann_file=train_list))
