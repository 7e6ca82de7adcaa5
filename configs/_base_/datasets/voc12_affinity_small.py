# PASCAL VOC 2012 for AffinityNet on a CPU: smaller crops, and only the images
# of the segmentation task.
_base_ = './voc12_affinity.py'
train_list = _base_.eval_list
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
        crop_size=(256, 256),
        img_fill=(127.5, 127.5, 127.5)),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.MakeAffinityGrid', stride=8, sampling='majority'),
    dict(type='wsss_plugins.PackAffinityInputs')
]
train_dataloader = dict(
    num_workers=2,
    dataset=dict(ann_file=train_list, pipeline=train_pipeline))
test_dataloader = dict(num_workers=2, dataset=dict(ann_file=train_list))
