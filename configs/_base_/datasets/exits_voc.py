# Objects of VOC with instance masks:
#   tools/dataset_converters/extreme_points.py voc data/VOC2012 \
#     data/VOC2012/ImageSets/Segmentation/train.txt \
#     data/VOC2012/annotations/points_train.json --strip-masks
_base_ = './exits_coco.py'
data_root = 'data/VOC2012/'
train_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/points_train.json',
        data_prefix=dict(img_path='JPEGImages')))
val_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/instances_val.json',
        data_prefix=dict(img_path='JPEGImages')))
val_evaluator = dict(ann_file=data_root + 'annotations/instances_val.json')
test_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/points_train.json',
        data_prefix=dict(img_path='JPEGImages')))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoInstanceWriter',
        ann_file=data_root + 'annotations/points_train.json',
        out_dir='work_dirs/exits_voc/label',
        threshold=.1)
]
