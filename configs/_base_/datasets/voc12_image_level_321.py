# PASCAL VOC 2012 with image-level labels, as SEC's CAM networks train: images
# of 321x321 whatever their shape, no augmentation, one view in testing.
_base_ = './voc12.py'
input_size = (321, 321)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=input_size, keep_ratio=False),
    dict(type='wsss_plugins.PackWSSSInputs')
]
# The authors' notebooks resize with aligned corners.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.ZoomResize', size=input_size),
    dict(type='wsss_plugins.PackWSSSInputs')
]
train_dataloader = dict(
    batch_size=15,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        label_file=_base_.label_file,
        ann_file=_base_.train_list,
        data_prefix=dict(img_path=_base_.train_images),
        pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=15,
    num_workers=4,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        label_file=_base_.label_file,
        ann_file=_base_.train_list,
        data_prefix=dict(img_path=_base_.train_images),
        test_mode=True,
        pipeline=test_pipeline))
data_shortcuts = dict(
    train_list=('train_dataloader.dataset.ann_file',
                'test_dataloader.dataset.ann_file'),
    train_images=('test_dataloader.dataset.data_prefix.img_path', ),
    out_dir=('test_evaluator.0.+out_dir', ))
