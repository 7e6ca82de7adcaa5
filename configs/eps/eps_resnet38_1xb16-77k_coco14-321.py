# EPS on COCO 2014 on the schedule of the published logs: 15 epochs. The
# released script says 50 epochs with the horizon of 50; see the -257k config.
_base_ = '../cam/cam_resnet38_1xb16-77k_coco14-321.py'
model = dict(
    decode_head=dict(
        type='wsss_plugins.EPSHead',
        dropout_ratio=0.,
        loss_sal=dict(type='wsss_plugins.EPSLoss', tau=.4, lam=.9)))
train_pipeline = [
    _base_.train_pipeline[0],
    dict(type='wsss_plugins.LoadDenseMap', key='saliency'),
    *_base_.train_pipeline[1:]
]
train_dataloader = dict(
    dataset=dict(
        data_prefix=dict(saliency_path=_base_.saliency),
        pipeline=train_pipeline))
