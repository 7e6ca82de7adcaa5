_base_ = '../_base_/stages/make_masks.py'
test_dataloader = dict(
    dataset=dict(
        type='wsss_plugins.VOC12ImageLevelDataset',
        data_root='data/VOCdevkit/VOC2012',
        ann_file='ImageSets/Segmentation/train_aug.txt',
        data_prefix=dict(
            img_path='JPEGImages', cam_path='./work_dirs/eps_voc12/cam')))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoMaskWriter',
        out_dir='work_dirs/eps_voc12/masks/files')
]
