# Masks of COCO's val2017 by a generator trained on train2017, which is how
# EXITS is evaluated on Separated COCO:
#   tools/measure_objects.py work_dirs/exits_coco/label_val/instances.json \
#     data/coco/annotations/instances_val2017.json OUT --separated sep.json
_base_ = './exits_vitb_coco.py'
ann_file = 'annotations/instances_val2017.json'
test_dataloader = dict(
    dataset=dict(ann_file=ann_file, data_prefix=dict(img_path='val2017')))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoInstanceWriter',
        ann_file='data/coco/' + ann_file,
        out_dir='work_dirs/exits_coco/label_val',
        threshold=.1)
]
