# EPS on the schedule of cam_efficientnet-lite2_1xb16-80_voc12-320.py, at ten
# times its learning rate: at the same rate the saliency loss had hardly begun
# to fall after 80 steps (docs/results.md).
_base_ = '../cam/cam_efficientnet-lite2_1xb16-80_voc12-320.py'
model = dict(
    decode_head=dict(
        type='wsss_plugins.EPSHead',
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
optim_wrapper = dict(optimizer=dict(lr=.01))
