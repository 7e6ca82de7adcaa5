# SC-CAM on own images: clusters of ImageNet's features are learned as
# sub-categories, in a short fine-tuning that starts at the convex fit of the
# head; each image is also scored by a head that never saw it.
_base_ = '../cam/cam_efficientnet-lite2_1xb16-80_voc12-320.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.SubCategoryHead',
        num_sub=5,
        parent=dict(
            type='wsss_plugins.CAMHead',
            in_channels=1280,
            dropout_ratio=0.,
            num_classes=_base_.num_classes),
        loss_sub=dict(type='wsss_plugins.SubCategoryLoss', loss_weight=5.)))
train_dataloader = dict(dataset=dict(allow_unlabeled=True))
test_dataloader = dict(dataset=dict(allow_unlabeled=True))
custom_hooks = [
    dict(
        type='wsss_plugins.LinearStartHook',
        scales=(384, 512),
        weight_decay=2e-4,
        folds=5),
    dict(
        type='wsss_plugins.SubCategoryClusteringHook',
        begins=[0],
        restart='sub_head'),
    dict(type='wsss_plugins.StepSeedHook')
]
data_shortcuts = dict(feature_dir=('custom_hooks.0.+cache_dir', ))
