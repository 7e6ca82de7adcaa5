# PASCAL VOC 2012 with image-level labels.
_base_ = ['./voc12.py', './image_level.py']
train_dataloader = dict(
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        label_file=_base_.label_file,
        ann_file=_base_.train_list,
        data_prefix=dict(img_path=_base_.train_images)))
test_dataloader = train_dataloader
