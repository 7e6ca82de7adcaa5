# CAM files of TinyVOC to pseudo masks by mask proposals.
_base_ = [
    '../_base_/stages/make_masks_proposals.py', '../_base_/datasets/tinyvoc.py'
]
cam_dir = _base_.work_root + '/eps_r18-small_1xb16-400_tinyvoc-128/files'
test_dataloader = dict(
    num_workers=2,
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        ann_file=_base_.train_list,
        data_prefix=dict(
            img_path=_base_.train_images,
            cam_path=cam_dir)))
