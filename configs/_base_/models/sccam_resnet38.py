# SC-CAM on the network of cam_resnet38.py: a classifier of sub-categories
# beside its own.
_base_ = './cam_resnet38.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.SubCategoryHead',
        num_sub=10,
        parent=dict(
            type='wsss_plugins.CAMHead', in_channels=4096),
        loss_sub=dict(type='wsss_plugins.SubCategoryLoss', loss_weight=5.)))
