# Mask R-CNN on the instances that IRNet found in VOC's images.
_base_ = '../exits/mask-rcnn_r50_voc.py'
train_file = __import__('os').path.abspath(
    f'{_base_.work_root}/irn-instances_resnet50_voc12-512/instances.json')
train_dataloader = dict(dataset=dict(ann_file=train_file))
