# PASCAL VOC 2012 with image-level labels; the augmentation of IRNet's CAM
# network.
_base_ = './voc12_image_level.py'
mean_bgr = (103.53, 116.28, 123.675)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.RandomResizeLong', min_long=320, max_long=640),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=(512, 512),
        img_fill=mean_bgr),
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
        out_dir='work_dirs/irn_voc12/cam_cam/files')
]
