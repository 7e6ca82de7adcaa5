# TinyVOC's stage 2.
_base_ = './voc12_pseudo.py'
dataset_type = 'wsss_plugins.TinyVOCDataset'
data_root = 'data/tinyvoc'
crop_size = (128, 128)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(
        type='RandomResize',
        scale=(128, 128),
        ratio_range=(.75, 1.5),
        keep_ratio=True),
    dict(type='RandomCrop', crop_size=crop_size),
    dict(type='RandomFlip', prob=.5),
    dict(type='PackSegInputs')
]
train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='ImageSets/Segmentation/train.txt',
        data_prefix=dict(
            img_path='JPEGImages',
            seg_map_path='./work_dirs/eps_tinyvoc/masks_eps/files'),
        pipeline=train_pipeline))
val_dataloader = dict(
    num_workers=2, dataset=dict(type=dataset_type, data_root=data_root))
test_dataloader = dict(
    num_workers=2, dataset=dict(type=dataset_type, data_root=data_root))
