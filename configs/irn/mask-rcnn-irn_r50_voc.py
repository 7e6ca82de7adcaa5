# Mask R-CNN on the instances that IRNet found in VOC's images.
_base_ = '../exits/mask-rcnn_r50_voc.py'
train_dataloader = dict(
    dataset=dict(
        data_root='',
        ann_file='work_dirs/irn_voc12/instances_irn/instances.json',
        data_prefix=dict(img='data/VOCdevkit/VOC2012/JPEGImages')))
