# Stock Mask2Former on the masks of EXITS; only the annotation file differs.
_base_ = 'mmdet::mask2former/mask2former_r50_8xb2-lsj-50e_coco.py'
train_dataloader = dict(
    dataset=dict(ann_file='annotations/exits_train2017.json'))
