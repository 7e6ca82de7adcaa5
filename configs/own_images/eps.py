# EPS on own images: saliency supervises the CAMs in a short fine-tuning that
# starts at the convex fit of the head; each image is also scored by a head
# that never saw it.
_base_ = '../cam/cam_efficientnet-lite2_1xb16-80_voc12-320.py'
model = dict(
    decode_head=dict(
        type='wsss_plugins.EPSHead',
        dropout_ratio=0.,
        loss_sal=dict(type='wsss_plugins.EPSLoss', tau=.4, lam=.5)))
saliency = 'saliency'
train_pipeline = [
    _base_.train_pipeline[0],
    dict(type='wsss_plugins.LoadDenseMap', key='saliency'),
    *_base_.train_pipeline[1:]
]
train_dataloader = dict(
    dataset=dict(
        allow_unlabeled=True,
        data_prefix=dict(saliency_path=saliency),
        pipeline=train_pipeline))
test_dataloader = dict(dataset=dict(allow_unlabeled=True))
custom_hooks = [
    dict(
        type='wsss_plugins.LinearStartHook',
        scales=(384, 512),
        weight_decay=2e-4,
        folds=5)
]
data_shortcuts = dict(feature_dir=('custom_hooks.0.+cache_dir', ))
