# SC-CAM on the network of cam_mobilenetv2.py.
_base_ = './cam_mobilenetv2.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.SubCategoryHead',
        num_sub=5,
        parent=dict(
            type='wsss_plugins.CAMHead', in_channels=1280, num_classes=21),
        loss_sub=dict(type='wsss_plugins.SubCategoryLoss', loss_weight=5.)))
