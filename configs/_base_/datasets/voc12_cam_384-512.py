# VOC with image-level labels: whole images at two sizes, for CAM networks
# on small backbones.
_base_ = './voc12_image_level_small.py'
scales = (384, 512)
crop_size = (320, 320)
img_fill = (127., 127., 127.)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.RandomResizeLong', min_long=320, max_long=512),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.ColorJitter',
        brightness=.3,
        contrast=.3,
        saturation=.3,
        hue=.1),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=crop_size,
        img_fill=img_fill),
    dict(type='wsss_plugins.PackWSSSInputs')
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[
            [
                dict(
                    type='wsss_plugins.RandomResizeLong',
                    min_long=scale,
                    max_long=scale) for scale in scales
            ],
            [dict(type='wsss_plugins.PackWSSSInputs')],
        ])
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
