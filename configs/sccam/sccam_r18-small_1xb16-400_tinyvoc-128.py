# SC-CAM on the schedule of cam_r18-small_1xb16-400_tinyvoc-128.py: one
# training, clustered three times on its way. A network that learns 240
# pictures from nothing is spoilt by the paper's weight of 5 (README).
_base_ = '../eps/cam_r18-small_1xb16-400_tinyvoc-128.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.SubCategoryHead',
        num_sub=5,
        parent=dict(
            type='wsss_plugins.CAMHead', in_channels=256, num_classes=8),
        loss_sub=dict(type='wsss_plugins.SubCategoryLoss', loss_weight=1.)))
custom_hooks = [
    dict(
        type='wsss_plugins.SubCategoryClusteringHook',
        begins=[100, 200, 300],
        restart='sub_head'),
    dict(type='wsss_plugins.StepSeedHook')
]
