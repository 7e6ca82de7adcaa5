# The paper's first round on the schedule of
# cam_mobilenetv2_1xb16-700_voc12-256.py: features of that classifier, once
# trained (feature_checkpoint), are clustered, then a network learns from
# ImageNet's weights.
_base_ = '../cam/cam_mobilenetv2_1xb16-700_voc12-256.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.SubCategoryHead',
        num_sub=10,
        parent=dict(
            type='wsss_plugins.CAMHead', in_channels=1280, num_classes=21),
        loss_sub=dict(type='wsss_plugins.SubCategoryLoss', loss_weight=5.)))
custom_hooks = [
    dict(
        type='wsss_plugins.SubCategoryClusteringHook',
        begins=[0],
        restart='network',
        feature_checkpoint='work_dirs/sccam_voc12mini/train_cam')
]
