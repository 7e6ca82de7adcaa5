# CRF scores with a background of alpha 32, for psa/aff_resnet38-pooled_*.py.
_base_ = ['../_base_/stages/make_masks.py', '../_base_/datasets/voc12.py']
cam_dir = _base_.work_root + '/cam_resnet38_1xb16-10k_voc12-448/files'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(
        type='wsss_plugins.RefineClassMaps',
        refiner=dict(type='wsss_plugins.DenseCRFRefiner', alpha=32)),
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
test_evaluator = [dict(type='wsss_plugins.CAMWriter')]
