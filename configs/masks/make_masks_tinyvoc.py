_base_ = '../_base_/stages/make_masks.py'
test_dataloader = dict(
    num_workers=2,
    dataset=dict(
        type='wsss_plugins.TinyVOCDataset',
        data_root='data/tinyvoc',
        ann_file='ImageSets/Segmentation/train.txt',
        data_prefix=dict(
            img_path='JPEGImages',
            cam_path='./work_dirs/eps_tinyvoc/cam_eps/files')))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoMaskWriter',
        out_dir='work_dirs/eps_tinyvoc/masks_eps/files')
]
