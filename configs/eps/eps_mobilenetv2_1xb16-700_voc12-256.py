# EPS on the schedule of cam_mobilenetv2_1xb16-700_voc12-256.py.
_base_ = '../cam/cam_mobilenetv2_1xb16-700_voc12-256.py'
model = dict(
    decode_head=dict(
        type='wsss_plugins.EPSHead',
        dropout_ratio=0.,
        loss_sal=dict(type='wsss_plugins.EPSLoss', tau=.4, lam=.5)))
