# PASCAL VOC 2012 with image-level labels; the augmentation of PSA's CAM
# network.
_base_ = './voc12_image_level.py'
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
        crop_size=_base_.crop_size,
        img_fill=_base_.mean_bgr),
    dict(type='wsss_plugins.PackWSSSInputs')
]
train_dataloader = dict(
    batch_size=16,
    dataset=dict(
        data_prefix=dict(_delete_=True, img_path='JPEGImages'),
        pipeline=train_pipeline))
test_evaluator = [
    dict(
        type='wsss_plugins.CAMWriter',
        out_dir='work_dirs/psa_voc12/cam_cam/files')
]
