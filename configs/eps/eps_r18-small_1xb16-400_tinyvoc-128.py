_base_ = '../cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
model = dict(
    decode_head=dict(
        type='wsss_plugins.EPSHead',
        dropout_ratio=0.,
        loss_sal=dict(type='wsss_plugins.EPSLoss', tau=.4, lam=.5)))
