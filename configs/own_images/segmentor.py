# A segmentor on pseudo masks of own images: no ground truth, so no validation;
# tested on all images, it writes masks that keep to the labels.
_base_ = '../deeplab/fcn_efficientnet-lite2_voc.py'
val_dataloader = None
val_cfg = None
val_evaluator = None
train_cfg = dict(
    _delete_=True,
    type='IterBasedTrainLoop',
    max_iters=_base_.max_iters,
    val_interval=_base_.max_iters)
test_dataloader = dict(
    _delete_=True,
    batch_size=1,
    num_workers=2,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        label_file=_base_.label_file,
        ann_file=_base_.train_list,
        allow_unlabeled=True,
        data_prefix=dict(img_path=_base_.train_images),
        test_mode=True,
        pipeline=[
            *_base_.test_pipeline[:2],
            dict(type='wsss_plugins.PackWSSSInputs')
        ]))
test_evaluator = dict(
    _delete_=True, type='wsss_plugins.LabeledMaskWriter')
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[[
            dict(type='Resize', scale=(side, side), keep_ratio=True)
            for side in _base_.view_sides
        ], [dict(type='RandomFlip', prob=prob) for prob in (0., 1.)],
                    [dict(type='wsss_plugins.PackWSSSInputs')]])
]
data_shortcuts = dict(
    _delete_=True,
    train_list=('train_dataloader.dataset.ann_file',
                'test_dataloader.dataset.ann_file'),
    test_list=('test_dataloader.dataset.ann_file', ),
    train_images=('test_dataloader.dataset.data_prefix.img_path', ),
    out_dir=('test_evaluator.+out_dir', ))
