# SC-CAM on the schedule of cam_efficientnet-lite2_1xb16-80_voc12-320.py:
# clusters of the features at its start, which are ImageNet's, are learned as
# sub-categories beside the classes.
_base_ = '../cam/cam_efficientnet-lite2_1xb16-80_voc12-320.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.SubCategoryHead',
        num_sub=5,
        parent=dict(
            type='wsss_plugins.CAMHead',
            in_channels=1280,
            dropout_ratio=0.,
            num_classes=_base_.num_classes),
        loss_sub=dict(type='wsss_plugins.SubCategoryLoss', loss_weight=5.)))
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='wsss_plugins.SubCategoryClusteringHook',
        begins=[0],
        restart='sub_head'),
]
shortcuts = dict(
    num_sub=('model.decode_head.num_sub', ),
    lambda_sub=('model.decode_head.loss_sub.loss_weight', ))
