# The CAMs of a small network are coarse: more than 0.05 spills onto the ground
# beside objects, which must be a background seed for a boundary to be learned
# there.
_base_ = [
    '../_base_/stages/make_ir_labels.py', '../_base_/datasets/tinyvoc.py'
]
cam_dir = _base_.work_root + '/cam_r18-small_1xb16-400_tinyvoc-128/files'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='wsss_plugins.MakeIRLabel', fg_threshold=.3, bg_threshold=.15),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        ann_file=_base_.train_list,
        data_prefix=dict(
            img_path=_base_.train_images,
            cam_path=cam_dir),
        pipeline=pipeline))
