# CRF scores with a background of alpha 4, for psa/aff_resnet38-pooled_*.py.
_base_ = '../_base_/stages/make_masks.py'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(
        type='wsss_plugins.RefineClassMaps',
        refiner=dict(type='wsss_plugins.DenseCRFRefiner', alpha=4)),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(
    dataset=dict(
        type='wsss_plugins.VOC12ImageLevelDataset',
        data_root='data/VOCdevkit/VOC2012',
        ann_file='ImageSets/Segmentation/train_aug.txt',
        data_prefix=dict(
            img_path='JPEGImages',
            cam_path='./work_dirs/psa_voc12/cam_cam/files'),
        pipeline=pipeline))
test_evaluator = [
    dict(
        type='wsss_plugins.CAMWriter',
        out_dir='work_dirs/psa_voc12/scores_low/files')
]
