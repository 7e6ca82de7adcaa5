# CAM files and gradient saliency of PASCAL VOC 2012 to cues.
_base_ = ['../_base_/stages/make_cues.py', '../_base_/datasets/voc12.py']
cam_dir = _base_.work_root + '/fg_vgg16_1xb15-8k_voc12-321/files'
gradient_dir = _base_.work_root + '/saliency_vgg16_voc12-321/files'
test_dataloader = dict(
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        label_file=_base_.label_file,
        ann_file=_base_.train_list,
        data_prefix=dict(
            img_path=_base_.train_images,
            cam_path=cam_dir,
            gradient_path=gradient_dir)))
