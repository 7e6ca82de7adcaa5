_base_ = '../cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
model = dict(
    decode_head=dict(
        type='wsss_plugins.EPSHead',
        dropout_ratio=0.,
        loss_sal=dict(type='wsss_plugins.EPSLoss', tau=.4, lam=.5)))
train_pipeline = [
    _base_.train_pipeline[0],
    dict(type='wsss_plugins.LoadDenseMap', key='saliency'),
    *_base_.train_pipeline[1:]
]
train_dataloader = dict(
    dataset=dict(
        data_prefix=dict(saliency_path=_base_.saliency),
        pipeline=train_pipeline))
