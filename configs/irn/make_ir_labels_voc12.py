# CAM files of PASCAL VOC 2012 to IRNet's labels.
_base_ = ['../_base_/stages/make_ir_labels.py', '../_base_/datasets/voc12.py']
cam_dir = _base_.work_root + '/cam_resnet50_1xb16-3k_voc12-512/files'
test_dataloader = dict(
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        ann_file=_base_.train_list,
        data_prefix=dict(
            img_path=_base_.train_images,
            cam_path=cam_dir)))
