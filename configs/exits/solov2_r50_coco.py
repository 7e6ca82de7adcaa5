# Any instance segmentor: the same line as in mask-rcnn_r50_coco.py.
_base_ = 'mmdet::solov2/solov2_r50_fpn_1x_coco.py'
train_dataloader = dict(
    dataset=dict(ann_file='annotations/exits_train2017.json'))
