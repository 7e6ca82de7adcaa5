# EPS with DeepLab's VGG16. The authors released no such network; the
# learning rate is a tenth of ResNet-38's, as usual for VGG.
_base_ = '../cam/cam_vgg16_1xb8-20k_voc12-448.py'
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
