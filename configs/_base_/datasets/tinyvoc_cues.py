# TinyVOC with cues. Images of 128x128 become 121x121, whose maps of stride 8
# are 16x16 as the cues are, with a grid location on every corner. The images
# are few, so they are flipped, which the paper does not do.
_base_ = './voc12_cues.py'
dataset_type = 'wsss_plugins.TinyVOCDataset'
data_root = 'data/tinyvoc'
input_size = (121, 121)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomFlip', prob=.5),
    dict(type='wsss_plugins.LoadCues'),
    dict(type='Resize', scale=input_size, keep_ratio=False),
    dict(type='wsss_plugins.MakeCRFImage', stride=8),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.ZoomResize', size=input_size),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs')
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[[dict(type='wsss_plugins.ZoomResize', size=input_size)],
                    [dict(type='LoadAnnotations')],
                    [dict(type='PackSegInputs')]])
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
            cue_path='./work_dirs/sec_tinyvoc/cues/files'),
        pipeline=train_pipeline))
val_dataloader = dict(
    num_workers=2,
    dataset=dict(
        type=dataset_type, data_root=data_root, pipeline=test_pipeline))
test_dataloader = dict(
    num_workers=2,
    dataset=dict(
        type=dataset_type, data_root=data_root, pipeline=test_pipeline))
