# Masks of COCO's val2017 by a generator that learned from train2017, which is
# how EXITS is evaluated on Separated COCO:
#   tools/measure_objects.py WORK_DIR/files/instances.json \
#     data/coco/annotations/instances_val2017.json OUT --separated sep.json
_base_ = './exits_vitb_coco.py'
test_dataloader = dict(
    dataset=dict(
        ann_file=_base_.val_file,
        data_prefix=dict(img_path=_base_.val_images)))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoInstanceWriter',
        ann_file=_base_.data_root + _base_.val_file,
        threshold=.1)
]
data_shortcuts = dict(
    data_root=('val_evaluator.ann_file = {data_root}/{val_file}',
               'test_evaluator.0.ann_file = {data_root}/{val_file}'),
    train_file=('train_dataloader.dataset.ann_file', ),
    val_file=('val_dataloader.dataset.ann_file',
              'test_dataloader.dataset.ann_file',
              'val_evaluator.ann_file = {data_root}/{val_file}',
              'test_evaluator.0.ann_file = {data_root}/{val_file}'),
    train_images=(),
    val_images=('test_dataloader.dataset.data_prefix.img_path', ))
