# The CAMs of a small network are coarse: more than 0.05 spills onto the ground
# next to objects, which must be confident background for a boundary to be
# learned there.
_base_ = '../_base_/stages/make_ir_labels.py'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='wsss_plugins.MakeIRLabel', fg_threshold=.3, bg_threshold=.15),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(
    dataset=dict(
        type='wsss_plugins.TinyVOCDataset',
        data_root='data/tinyvoc',
        ann_file='ImageSets/Segmentation/train.txt',
        data_prefix=dict(
            img_path='JPEGImages',
            cam_path='./work_dirs/irn_tinyvoc/cam_cam/files'),
        pipeline=pipeline))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoMaskWriter',
        out_dir='work_dirs/irn_tinyvoc/labels_irn/files')
]
