# Objects with extreme points, in crops of 512 pixels. Which data set, say
# exits_coco.py and others.
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
        need_points=False,
        test_mode=True,
        pipeline=test_pipeline))
val_evaluator = dict(
    type='wsss_plugins.InstanceIoUMetric',
    thresholds=[round(.05 * i, 2) for i in range(1, 20)])
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
        need_points=False,
        test_mode=True,
        pipeline=test_pipeline))
test_evaluator = [
    dict(type='wsss_plugins.PseudoInstanceWriter', threshold=.1)
]
data_shortcuts = dict(
    data_root=('val_evaluator.ann_file = {data_root}/{val_file}',
               'test_evaluator.0.ann_file = {data_root}/{train_file}'),
    train_file=('train_dataloader.dataset.ann_file',
                'test_dataloader.dataset.ann_file',
                'test_evaluator.0.ann_file = {data_root}/{train_file}'),
    val_file=('val_dataloader.dataset.ann_file',
              'val_evaluator.ann_file = {data_root}/{val_file}'),
    train_images=('test_dataloader.dataset.data_prefix.img_path', ),
    out_dir=('test_evaluator.0.+out_dir', ))
