# A plain classifier on TinyVOC, trained on image-level labels only. One
# network gives the CAMs and, by its gradients, the background. At 121x121
# its maps are 16x16, with a grid location on every corner, as those of the SEC
# network.
_base_ = '../cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.RandomResizeLong', min_long=96, max_long=160),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.ColorJitter',
        brightness=.2,
        contrast=.2,
        saturation=.2),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=_base_.crop_size,
        img_fill=_base_.mean_bgr),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.ZoomResize', size=(121, 121)),
    dict(type='wsss_plugins.PackWSSSInputs')
]
train_dataloader = dict(
    dataset=dict(
        data_prefix=dict(_delete_=True, img_path='JPEGImages'),
        pipeline=train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = [
    dict(
        type='wsss_plugins.CAMWriter',
        dtype='float32',
        out_dir='work_dirs/sec_tinyvoc/cam_fg/files')
]
