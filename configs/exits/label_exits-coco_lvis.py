# Masks of LVIS objects by a generator trained on COCO; boxes are enough.
_base_ = './exits_vitb_coco.py'
data_root = 'data/lvis_v1/'
ann_file = 'annotations/points_lvis_v1_train.json'
test_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file=ann_file,
        data_prefix=dict(img_path='')))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoInstanceWriter',
        ann_file=data_root + ann_file,
        out_dir='work_dirs/exits_lvis/label',
        threshold=.1)
]
