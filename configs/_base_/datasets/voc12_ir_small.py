# PASCAL VOC 2012 for IRNet on a CPU: smaller crops, and only the images of the
# segmentation task.
_base_ = './voc12_ir.py'
train_list = _base_.eval_list
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='wsss_plugins.RandomRescale', min_factor=.5, max_factor=1.5),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=(256, 256),
        img_fill=(127.5, 127.5, 127.5)),
    dict(type='wsss_plugins.MakeAffinityGrid', stride=4),
    dict(type='wsss_plugins.PackAffinityInputs')
]
train_dataloader = dict(
    batch_size=8,
    num_workers=2,
    dataset=dict(ann_file=train_list, pipeline=train_pipeline))
test_dataloader = dict(num_workers=2, dataset=dict(ann_file=train_list))
