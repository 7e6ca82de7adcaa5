# SC-CAM on the schedule of cam_mobilenetv2_1xb16-700_voc12-256.py: one
# training, clustered three times on its way.
_base_ = '../eps/cam_mobilenetv2_1xb16-700_voc12-256.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.SubCategoryHead',
        num_sub=5,
        parent=dict(
            type='wsss_plugins.CAMHead', in_channels=1280, num_classes=21),
        loss_sub=dict(type='wsss_plugins.SubCategoryLoss', loss_weight=5.)))
custom_hooks = [
    dict(
        type='wsss_plugins.SubCategoryClusteringHook',
        begins=[175, 350, 525],
        restart='sub_head'),
    dict(type='wsss_plugins.StepSeedHook')
]
