# Objects of TinyVOC. Relative to the image, every object is larger than MAL's
# minimum size, so none is left out.
_base_ = './exits_coco_128.py'
data_root = 'data/tinyvoc/'
train_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/points_train.json',
        data_prefix=dict(img_path='JPEGImages'),
        min_box_area=100))
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
        out_dir='work_dirs/exits_tinyvoc/label',
        threshold=.1)
]
