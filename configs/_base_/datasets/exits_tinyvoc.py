# Objects of TinyVOC. Every object is larger than MAL's least size would have
# it in a large image, so none is left out.
_base_ = ['./tinyvoc_objects.py', './exits_crops_128.py']
train_dataloader = dict(
    dataset=dict(
        data_root=_base_.data_root,
        ann_file=_base_.train_file,
        data_prefix=dict(img_path=_base_.train_images),
        min_box_area=100))
val_dataloader = dict(
    dataset=dict(
        data_root=_base_.data_root,
        ann_file=_base_.val_file,
        data_prefix=dict(img_path=_base_.val_images)))
val_evaluator = dict(ann_file=_base_.data_root + _base_.val_file)
test_dataloader = dict(
    dataset=dict(
        data_root=_base_.data_root,
        ann_file=_base_.train_file,
        data_prefix=dict(img_path=_base_.train_images)))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoInstanceWriter',
        ann_file=_base_.data_root + _base_.train_file,
        threshold=.1)
]
