# PASCAL VOC 2012. Another data set in VOC's layout needs a file like this one,
# and every config takes it: `--cfg-options facts=FILE`.
dataset_type = 'wsss_plugins.VOC12ImageLevelDataset'
data_root = 'data/VOCdevkit/VOC2012'
# With the background. Types without classes of their own take them from
# `classes` here (see docs/data.md), and colors from `palette`.
num_classes = 21
label_file = 'image_labels.json'
train_list = 'ImageSets/Segmentation/train_aug.txt'
# Training images whose CAMs, cues and masks are evaluated.
eval_list = 'ImageSets/Segmentation/train.txt'
val_list = 'ImageSets/Segmentation/val.txt'
train_images = 'JPEGImages'
val_images = 'JPEGImages'
# Ground truth.
train_masks = 'SegmentationClass'
val_masks = 'SegmentationClass'
saliency = 'saliency'
