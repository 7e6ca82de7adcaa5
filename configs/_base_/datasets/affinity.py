# Affinity labels (masks of confident seeds) in training, CAM files for the
# random walk; the augmentation of AffinityNet: no rescaling, black beside the
# image. Configs name the folders of labels and CAM files.
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
    dataset=dict(pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(test_mode=True, pipeline=test_pipeline))
test_evaluator = [dict(type='wsss_plugins.PseudoMaskWriter')]
data_shortcuts = dict(
    train_list=('train_dataloader.dataset.ann_file',
                'test_dataloader.dataset.ann_file'),
    train_images=('test_dataloader.dataset.data_prefix.img_path', ),
    out_dir=('test_evaluator.0.+out_dir', ))
