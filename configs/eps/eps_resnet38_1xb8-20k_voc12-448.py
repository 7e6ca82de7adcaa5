# EPS on PASCAL VOC 2012: the paper's network and schedule.
_base_ = '../cam/cam_resnet38_1xb8-20k_voc12-448.py'
model = dict(
    decode_head=dict(
        type='wsss_plugins.EPSHead',
        dropout_ratio=0.,
        loss_sal=dict(type='wsss_plugins.EPSLoss', tau=.4, lam=.5)))
