# CAMs of COCO 2014 from the names of its classes.
_base_ = [
    '../_base_/models/clip-es_vit-b16.py', '../_base_/datasets/coco14.py',
    '../_base_/datasets/patch_image_level.py', '../_base_/default_runtime.py'
]
model = dict(
    box_threshold=.7, decode_head=dict(num_classes=_base_.num_classes))
test_dataloader = dict(
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        label_file=_base_.label_file,
        ann_file=_base_.train_list,
        data_prefix=dict(img_path=_base_.train_images)))
