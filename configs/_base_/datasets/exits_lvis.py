# Objects of LVIS v1, whose images are COCO's:
#   tools/dataset_converters/extreme_points.py coco \
#     data/lvis_v1/annotations/lvis_v1_train.json \
#     data/lvis_v1/annotations/points_lvis_v1_train.json --strip-masks
_base_ = './exits_coco.py'
data_root = 'data/lvis_v1/'
train_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/points_lvis_v1_train.json',
        data_prefix=dict(img_path='')))
val_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/lvis_v1_val.json',
        data_prefix=dict(img_path='')))
val_evaluator = dict(ann_file=data_root + 'annotations/lvis_v1_val.json')
test_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file='annotations/points_lvis_v1_train.json',
        data_prefix=dict(img_path='')))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoInstanceWriter',
        ann_file=data_root + 'annotations/points_lvis_v1_train.json',
        out_dir='work_dirs/exits_lvis/label',
        threshold=.1)
]
