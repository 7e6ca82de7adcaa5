# TinyVOC with image-level labels, small enough for a CPU.
_base_ = ['./tinyvoc.py', './image_level.py']
crop_size = (128, 128)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.RandomResizeLong', min_long=96, max_long=160),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.ColorJitter',
        brightness=.2,
        contrast=.2,
        saturation=.2),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=crop_size,
        img_fill=_base_.mean_bgr),
    dict(type='wsss_plugins.PackWSSSInputs')
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[
            [
                dict(type='wsss_plugins.Rescale', factor=factor)
                for factor in (.75, 1., 1.5)
            ],
            [dict(type='RandomFlip', prob=prob) for prob in (0., 1.)],
            [dict(type='wsss_plugins.PackWSSSInputs')],
        ])
]
test_dataloader = dict(
    num_workers=2,
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        label_file=_base_.label_file,
        ann_file=_base_.train_list,
        data_prefix=dict(img_path=_base_.train_images)))
train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    dataset=dict(pipeline=train_pipeline, **test_dataloader['dataset']))
