# Objects of TinyVOC.
data_root = 'data/tinyvoc/'
train_file = 'annotations/points_train.json'
val_file = 'annotations/instances_val.json'
train_images = 'JPEGImages'
val_images = 'JPEGImages'
