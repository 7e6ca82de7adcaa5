# Objects of VOC in crops of 512 pixels.
_base_ = ['./voc_objects.py', './exits_crops.py']
train_dataloader = dict(
    dataset=dict(
        data_root=_base_.data_root,
        ann_file=_base_.train_file,
        data_prefix=dict(img_path=_base_.train_images)))
val_dataloader = dict(
    dataset=dict(
        data_root=_base_.data_root,
        ann_file=_base_.val_file,
        data_prefix=dict(img_path=_base_.val_images)))
val_evaluator = dict(ann_file=_base_.data_root + _base_.val_file)
test_dataloader = train_dataloader
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoInstanceWriter',
        ann_file=_base_.data_root + _base_.train_file,
        threshold=.1)
]
