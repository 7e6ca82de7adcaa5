# COCO 2014 with image-level labels and saliency. The folders hold the images
# of both splits; masks and labels are made by tools/dataset_converters.
_base_ = './voc12_image_level.py'
dataset_type = 'wsss_plugins.COCO14ImageLevelDataset'
data_root = 'data/coco14'
train_list = 'train.txt'
label_file = 'image_labels_train.json'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadDenseMap', key='saliency'),
    dict(type='wsss_plugins.RandomResizeLong', min_long=256, max_long=448),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.ColorJitter',
        brightness=.3,
        contrast=.3,
        saturation=.3,
        hue=.1),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=(321, 321),
        img_fill=_base_.mean_bgr),
    dict(type='wsss_plugins.PackWSSSInputs')
]
train_dataloader = dict(
    batch_size=16,
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        label_file=label_file,
        ann_file=train_list,
        data_prefix=dict(img_path='train2014', saliency_path='saliency'),
        pipeline=train_pipeline))
test_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        label_file=label_file,
        ann_file=train_list,
        data_prefix=dict(img_path='train2014')))
test_evaluator = [
    dict(type='wsss_plugins.CAMWriter', out_dir='work_dirs/eps_coco14/cam')
]
