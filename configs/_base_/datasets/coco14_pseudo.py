# COCO 2014 with pseudo masks.
_base_ = ['./coco14.py', './pseudo.py']
train_dataloader = dict(
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        ann_file=_base_.train_list,
        data_prefix=dict(img_path=_base_.train_images)))
val_dataloader = dict(
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        ann_file=_base_.val_list,
        data_prefix=dict(
            img_path=_base_.val_images, seg_map_path=_base_.val_masks)))
test_dataloader = val_dataloader
