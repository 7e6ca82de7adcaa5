# The plain classifier of EPS' small experiments, without saliency.
_base_ = './cam_mobilenetv2_1xb16-700_voc12-256.py'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.RandomResizeLong', min_long=224, max_long=416),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.ColorJitter',
        brightness=.3,
        contrast=.3,
        saturation=.3,
        hue=.1),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=(256, 256),
        img_fill=_base_.mean_bgr),
    dict(type='wsss_plugins.PackWSSSInputs')
]
train_dataloader = dict(
    dataset=dict(
        data_prefix=dict(_delete_=True, img_path='JPEGImages'),
        pipeline=train_pipeline))
