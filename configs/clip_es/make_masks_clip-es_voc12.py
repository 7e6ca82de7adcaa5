# CAM files of PASCAL VOC 2012 to confident pseudo masks.
_base_ = [
    '../_base_/stages/make_masks_confident_crf.py',
    '../_base_/datasets/voc12.py'
]
cam_dir = _base_.work_root + '/clip-es_vit-b16_voc12/files'
test_dataloader = dict(
    num_workers=2,
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        ann_file=_base_.train_list,
        data_prefix=dict(
            img_path=_base_.train_images,
            cam_path=cam_dir)))
