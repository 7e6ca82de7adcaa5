# TinyVOC for AffinityNet and IRNet.
_base_ = './voc12_affinity.py'
dataset_type = 'wsss_plugins.TinyVOCDataset'
data_root = 'data/tinyvoc'
train_list = 'ImageSets/Segmentation/train.txt'
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
train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file=train_list,
        pipeline=train_pipeline))
test_dataloader = dict(
    num_workers=2,
    dataset=dict(
        type=dataset_type, data_root=data_root, ann_file=train_list))
