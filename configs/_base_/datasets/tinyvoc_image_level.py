# TinyVOC (tools/dataset_converters/make_tinyvoc.py), small enough for a CPU.
_base_ = './voc12_image_level.py'
dataset_type = 'wsss_plugins.TinyVOCDataset'
data_root = 'data/tinyvoc'
train_list = 'ImageSets/Segmentation/train.txt'
crop_size = (128, 128)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadDenseMap', key='saliency'),
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
test_evaluator = [
    dict(type='wsss_plugins.CAMWriter', out_dir='work_dirs/eps_tinyvoc/cam')
]
