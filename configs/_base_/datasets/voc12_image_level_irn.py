# PASCAL VOC 2012 with image-level labels; the augmentation of IRNet's
# classification network.
_base_ = './voc12_image_level.py'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.RandomResizeLong', min_long=320, max_long=640),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=(512, 512),
        img_fill=_base_.mean_bgr),
    dict(type='wsss_plugins.PackWSSSInputs')
]
train_dataloader = dict(
    batch_size=16, dataset=dict(pipeline=train_pipeline))
