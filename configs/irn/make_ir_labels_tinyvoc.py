_base_ = '../_base_/stages/make_ir_labels.py'
test_dataloader = dict(
    dataset=dict(
        type='wsss_plugins.TinyVOCDataset',
        data_root='data/tinyvoc',
        ann_file='ImageSets/Segmentation/train.txt',
        data_prefix=dict(
            img_path='JPEGImages',
            cam_path='./work_dirs/irn_tinyvoc/cam_cam/files')))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoMaskWriter',
        out_dir='work_dirs/irn_tinyvoc/labels_irn/files')
]
