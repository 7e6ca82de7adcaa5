# VOC with image-level labels only and SC-CAM's crops of 224 pixels.
_base_ = './voc12_image_level.py'
crop_size = (224, 224)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.RandomResizeLong', min_long=256, max_long=512),
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
        img_fill=_base_.mean_bgr),
    dict(type='wsss_plugins.PackWSSSInputs')
]
train_dataloader = dict(
    batch_size=16,
    dataset=dict(
        data_prefix=dict(_delete_=True, img_path='JPEGImages'),
        pipeline=train_pipeline))
test_evaluator = [
    dict(type='wsss_plugins.CAMWriter', out_dir='work_dirs/sccam_voc12/cam')
]
