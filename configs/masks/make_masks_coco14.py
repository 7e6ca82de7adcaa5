_base_ = '../_base_/stages/make_masks.py'
test_dataloader = dict(
    dataset=dict(
        type='wsss_plugins.COCO14ImageLevelDataset',
        data_root='data/coco14',
        ann_file='train.txt',
        data_prefix=dict(
            img_path='train2014', cam_path='./work_dirs/eps_coco14/cam')))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoMaskWriter',
        out_dir='work_dirs/eps_coco14/masks/files')
]
