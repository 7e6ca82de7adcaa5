# Objects of COCO with extreme points, in crops of 512 pixels:
#   tools/dataset_converters/extreme_points.py coco \
#     data/coco/annotations/instances_train2017.json \
#     data/coco/annotations/points_train2017.json --strip-masks
data_root = 'data/coco/'
crop_size = 512
patch_size = 16
# Sizes in COCO's files are those before an EXIF orientation turns the image,
# in files of other tools those after it.
load = dict(type='wsss_plugins.LoadUprightImage')
train_pipeline = [
    load,
    dict(
        type='wsss_plugins.CropObjects',
        size=crop_size,
        margin='train',
        outside_patch=patch_size),
    dict(type='wsss_plugins.FlipObjects', prob=.5),
    dict(type='wsss_plugins.PackObjects')
]
test_pipeline = [
    load,
    dict(type='wsss_plugins.CropObjects', size=crop_size, margin='test'),
    dict(type='wsss_plugins.PackObjects')
]
# Four objects, as MAL has on each of 8 GPUs, of at least two images.
train_dataloader = dict(
    batch_size=2,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='wsss_plugins.collate_objects'),
    dataset=dict(
        type='wsss_plugins.ObjectCropDataset',
        data_root=data_root,
        ann_file='annotations/points_train2017.json',
        data_prefix=dict(img_path='train2017'),
        objects_per_sample=2,
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=4,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='wsss_plugins.collate_objects'),
    dataset=dict(
        type='wsss_plugins.ObjectCropDataset',
        data_root=data_root,
        ann_file='annotations/instances_val2017.json',
        data_prefix=dict(img_path='val2017'),
        need_points=False,
        test_mode=True,
        pipeline=test_pipeline))
val_evaluator = dict(
    type='wsss_plugins.InstanceIoUMetric',
    ann_file=data_root + 'annotations/instances_val2017.json')
# Labeling. One sample a step, all objects of it at once: then the masks do
# not depend on the number of ranks, to the last bit.
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    collate_fn=dict(type='wsss_plugins.collate_objects'),
    dataset=dict(
        type='wsss_plugins.ObjectCropDataset',
        data_root=data_root,
        ann_file='annotations/points_train2017.json',
        data_prefix=dict(img_path='train2017'),
        need_points=False,
        test_mode=True,
        pipeline=test_pipeline))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoInstanceWriter',
        ann_file=data_root + 'annotations/points_train2017.json',
        out_dir='work_dirs/exits_coco/label',
        threshold=.1)
]
