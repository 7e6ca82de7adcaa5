# The paper's first round on TinyVOC: features of the trained plain classifier
# (feature_checkpoint) are clustered, then a network learns from nothing on the
# plain one's schedule. The paper's weight of 5 spoils a network that learns
# 240 pictures from nothing (README).
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
        begins=[0],
        restart='network',
        feature_checkpoint='work_dirs/sccam_tinyvoc/train_cam'),
    dict(type='wsss_plugins.StepSeedHook')
]
