# The paper's first round on TinyVOC: features of the trained plain CAM
# network (feature_checkpoint) are clustered, then a network is trained from
# scratch on the plain one's schedule. A weight of 1 did better than the
# paper's 5 (README).
_base_ = '../cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.SubCategoryHead',
        num_sub=10,
        parent=dict(
            type='wsss_plugins.CAMHead', in_channels=256,
            num_classes=_base_.num_classes),
        loss_sub=dict(type='wsss_plugins.SubCategoryLoss', loss_weight=1.)))
feature_checkpoint = _base_.work_root + '/cam_r18-small_1xb16-400_tinyvoc-128'
custom_hooks = [
    dict(
        type='wsss_plugins.SubCategoryClusteringHook',
        begins=[0],
        restart='network',
        feature_checkpoint=feature_checkpoint),
    dict(type='wsss_plugins.StepSeedHook')
]
shortcuts = dict(
    feature_checkpoint=('custom_hooks.0.feature_checkpoint', ),
    num_sub=('model.decode_head.num_sub', ))
