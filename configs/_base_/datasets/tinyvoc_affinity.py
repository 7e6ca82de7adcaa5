# TinyVOC for AffinityNet and IRNet.
_base_ = ['./tinyvoc.py', './affinity.py']
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(
        type='wsss_plugins.ColorJitter',
        brightness=.2,
        contrast=.2,
        saturation=.2),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=(128, 128),
        img_fill=(0, 0, 0)),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.MakeAffinityGrid', stride=4, sampling='majority'),
    dict(type='wsss_plugins.PackAffinityInputs')
]
test_dataloader = dict(
    num_workers=2,
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        ann_file=_base_.train_list,
        data_prefix=dict(img_path=_base_.train_images)))
train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    dataset=dict(pipeline=train_pipeline, **test_dataloader['dataset']))
