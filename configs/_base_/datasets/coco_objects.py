# Objects of COCO 2017 with extreme points:
#   tools/dataset_converters/extreme_points.py coco \
#     data/coco/annotations/instances_train2017.json \
#     data/coco/annotations/points_train2017.json --strip-masks
data_root = 'data/coco/'
train_file = 'annotations/points_train2017.json'
val_file = 'annotations/instances_val2017.json'
train_images = 'train2017'
val_images = 'val2017'
