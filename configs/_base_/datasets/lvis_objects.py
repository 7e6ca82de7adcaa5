# Objects of LVIS v1, whose images are COCO's:
#   tools/dataset_converters/extreme_points.py coco \
#     data/lvis_v1/annotations/lvis_v1_train.json \
#     data/lvis_v1/annotations/points_lvis_v1_train.json --strip-masks
data_root = 'data/lvis_v1/'
train_file = 'annotations/points_lvis_v1_train.json'
val_file = 'annotations/lvis_v1_val.json'
train_images = ''
val_images = ''
