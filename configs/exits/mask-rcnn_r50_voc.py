# Mask R-CNN on the masks that a generator made of VOC's training objects, in
# COCO json (tools/dataset_converters/extreme_points.py voc).
_base_ = [
    'mmdet::mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py',
    '../_base_/detector_runtime.py'
]
data_root = 'data/VOCdevkit/VOC2012/'
train_file = __import__('os').path.abspath(
    f'{_base_.work_root}/exits_vitb_voc/files/instances.json')
val_file = 'annotations/instances_val.json'
classes = ('aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car',
           'cat', 'chair', 'cow', 'diningtable', 'dog', 'horse', 'motorbike',
           'person', 'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor')
train_dataloader = dict(
    dataset=dict(
        metainfo=dict(classes=classes),
        data_root=data_root,
        ann_file=train_file,
        data_prefix=dict(img='JPEGImages/')))
val_dataloader = dict(
    dataset=dict(
        metainfo=dict(classes=classes),
        data_root=data_root,
        ann_file=val_file,
        data_prefix=dict(img='JPEGImages/')))
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=data_root + val_file)
test_evaluator = val_evaluator
model = dict(
    roi_head=dict(
        bbox_head=dict(num_classes=len(classes)),
        mask_head=dict(num_classes=len(classes))))
