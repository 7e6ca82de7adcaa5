# Mask R-CNN on the masks that a generator made of LVIS v1's training objects.
# Testing needs lvis-api from its repository; the release 0.5.3 does not run on
# numpy 1.24 and later.
_base_ = 'mmdet::lvis/mask-rcnn_r50_fpn_sample1e-3_ms-1x_lvis-v1.py'
train_dataloader = dict(
    dataset=dict(dataset=dict(ann_file='annotations/exits_lvis_v1_train.json'))
)
