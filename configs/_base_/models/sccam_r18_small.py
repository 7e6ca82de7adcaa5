# SC-CAM on the network of cam_r18_small.py.
_base_ = './cam_r18_small.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.SubCategoryHead',
        num_sub=5,
        parent=dict(
            type='wsss_plugins.CAMHead', in_channels=256, num_classes=8),
        loss_sub=dict(type='wsss_plugins.SubCategoryLoss', loss_weight=5.)))
