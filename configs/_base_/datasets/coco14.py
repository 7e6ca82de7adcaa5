# COCO 2014. The folders hold the images of both years' splits; masks and
# labels are made by tools/dataset_converters.
dataset_type = 'wsss_plugins.COCO14ImageLevelDataset'
data_root = 'data/coco14'
num_classes = 81
label_file = 'image_labels_train.json'
train_list = 'train.txt'
eval_list = 'train.txt'
val_list = 'val.txt'
train_images = 'train2014'
val_images = 'val2014'
train_masks = 'SegmentationClass/train2014'
val_masks = 'SegmentationClass/val2014'
saliency = 'saliency'
