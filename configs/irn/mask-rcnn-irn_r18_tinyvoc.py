# Mask R-CNN on the instances that IRNet found in TinyVOC.
_base_ = '../exits/mask-rcnn_r50_tinyvoc.py'
train_dataloader = dict(
    dataset=dict(
        data_root='',
        ann_file='work_dirs/irn_tinyvoc/instances_irn/instances.json',
        data_prefix=dict(img='data/tinyvoc/JPEGImages')))
