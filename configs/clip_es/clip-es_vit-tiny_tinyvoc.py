# CAMs of TinyVOC from the names of its classes.
# A CLIP of a few layers with random weights: the way, not the score.
_base_ = [
    '../_base_/models/clip-es_vit-b16.py', '../_base_/datasets/tinyvoc.py',
    '../_base_/datasets/patch_image_level.py', '../_base_/default_runtime.py'
]
model = dict(
    backbone=dict(
        embed_dims=64, num_layers=3, pos_grid=4, out_dims=32),
    decode_head=dict(embed_dims=32, num_classes=_base_.num_classes))
test_dataloader = dict(
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        label_file=_base_.label_file,
        ann_file=_base_.train_list,
        data_prefix=dict(img_path=_base_.train_images)))
