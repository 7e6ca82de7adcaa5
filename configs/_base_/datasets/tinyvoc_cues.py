# TinyVOC with cues. Images of 128x128 become 121x121, whose maps of stride 8
# are 16x16 as the cues are, with a location on every corner. Images are few,
# so they are mirrored, which the paper does not do.
_base_ = ['./tinyvoc.py', './cues.py']
input_size = (121, 121)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomFlip', prob=.5),
    dict(type='wsss_plugins.LoadCues'),
    dict(type='Resize', scale=input_size, keep_ratio=False),
    dict(type='wsss_plugins.MakeCRFImage', stride=8),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.ZoomResize', size=input_size),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs')
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[[dict(type='wsss_plugins.ZoomResize', size=input_size)],
                    [dict(type='LoadAnnotations')],
                    [dict(type='PackSegInputs')]])
]
train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        label_file=_base_.label_file,
        ann_file=_base_.train_list,
        data_prefix=dict(img_path=_base_.train_images),
        pipeline=train_pipeline))
val_dataloader = dict(
    num_workers=2,
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        ann_file=_base_.val_list,
        data_prefix=dict(
            img_path=_base_.val_images, seg_map_path=_base_.val_masks),
        pipeline=test_pipeline))
test_dataloader = val_dataloader
