# Objects of VOC with instance masks:
#   tools/dataset_converters/extreme_points.py voc data/VOCdevkit/VOC2012 \
#     data/VOCdevkit/VOC2012/ImageSets/Segmentation/train.txt \
#     data/VOCdevkit/VOC2012/annotations/points_train.json --strip-masks
data_root = 'data/VOCdevkit/VOC2012/'
train_file = 'annotations/points_train.json'
val_file = 'annotations/instances_val.json'
train_images = 'JPEGImages'
val_images = 'JPEGImages'
