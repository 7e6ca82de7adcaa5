# Objects of VOC's 10,582 training images: SBD's instance masks, and VOC's own
# where SBD has none:
#   tools/dataset_converters/extreme_points.py sbd \
#     data/benchmark_RELEASE/dataset data/VOCdevkit/VOC2012 \
#     data/VOCdevkit/VOC2012/ImageSets/Segmentation/train_aug.txt \
#     data/VOCdevkit/VOC2012/annotations/points_train_aug.json --strip-masks
# For VOC's 1,464 alone, `voc` in place of `sbd`. Ground truth of val2012:
#   tools/dataset_converters/extreme_points.py voc data/VOCdevkit/VOC2012 \
#     data/VOCdevkit/VOC2012/ImageSets/Segmentation/val.txt \
#     data/VOCdevkit/VOC2012/annotations/instances_val.json
data_root = 'data/VOCdevkit/VOC2012/'
train_file = 'annotations/points_train_aug.json'
val_file = 'annotations/instances_val.json'
train_images = 'JPEGImages'
val_images = 'JPEGImages'
