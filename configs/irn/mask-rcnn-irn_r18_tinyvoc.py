# Mask R-CNN on the instances that IRNet found in TinyVOC.
_base_ = '../exits/mask-rcnn_r50_tinyvoc.py'
train_file = __import__('os').path.abspath(
    f'{_base_.work_root}/irn-instances_r18-small_tinyvoc-128/instances.json')
train_dataloader = dict(dataset=dict(ann_file=train_file))
