# PASCAL VOC 2012 for IRNet: scales 0.5 to 1.5, crops of 512 with the mean
# color beside the image, labels sampled at stride 4.
_base_ = './voc12_affinity.py'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='wsss_plugins.RandomRescale', min_factor=.5, max_factor=1.5),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=(512, 512),
        img_fill=(103.53, 116.28, 123.675)),
    dict(type='wsss_plugins.MakeAffinityGrid', stride=4),
    dict(type='wsss_plugins.PackAffinityInputs')
]
train_dataloader = dict(
    batch_size=32, dataset=dict(pipeline=train_pipeline))
