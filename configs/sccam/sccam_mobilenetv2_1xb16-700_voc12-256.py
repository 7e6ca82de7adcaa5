# The paper's first round on the schedule of
# cam_mobilenetv2_1xb16-700_voc12-256.py: features of that network, once
# trained (feature_checkpoint), are clustered, then a network learns from
# ImageNet's weights.
_base_ = '../cam/cam_mobilenetv2_1xb16-700_voc12-256.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.SubCategoryHead',
        num_sub=10,
        parent=dict(
            type='wsss_plugins.CAMHead', in_channels=1280,
            num_classes=_base_.num_classes),
        loss_sub=dict(type='wsss_plugins.SubCategoryLoss', loss_weight=5.)))
feature_checkpoint = _base_.work_root + '/cam_mobilenetv2_1xb16-700_voc12-256'
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
