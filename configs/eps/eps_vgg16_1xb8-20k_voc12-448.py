# EPS with DeepLab's VGG16. The authors released no such network; the
# learning rate is a tenth of ResNet-38's, as usual for VGG.
_base_ = '../cam/cam_vgg16_1xb8-20k_voc12-448.py'
model = dict(
    decode_head=dict(
        type='wsss_plugins.EPSHead',
        dropout_ratio=0.,
        loss_sal=dict(type='wsss_plugins.EPSLoss', tau=.4, lam=.5)))
