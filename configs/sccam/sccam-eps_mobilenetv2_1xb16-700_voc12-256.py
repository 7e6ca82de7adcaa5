# SC-CAM's second classifier beside that of EPS, on the same schedule.
_base_ = './sccam_mobilenetv2_1xb16-700_voc12-256.py'
model = dict(
    decode_head=dict(
        parent=dict(
            type='wsss_plugins.EPSHead',
            dropout_ratio=0.,
            loss_sal=dict(type='wsss_plugins.EPSLoss', tau=.4, lam=.5))))
