_base_ = '../_base_/stages/make_cues.py'
test_dataloader = dict(
    num_workers=4,
    dataset=dict(
        type='wsss_plugins.VOC12ImageLevelDataset',
        data_root='data/VOCdevkit/VOC2012',
        label_file='image_labels.json',
        ann_file='ImageSets/Segmentation/train_aug.txt',
        data_prefix=dict(
            img_path='JPEGImages',
            cam_path='./work_dirs/sec_voc12/cam_fg/files',
            gradient_path='./work_dirs/sec_voc12/saliency/files')))
test_evaluator = [
    dict(
        type='wsss_plugins.CueWriter',
        out_dir='work_dirs/sec_voc12/cues/files')
]
