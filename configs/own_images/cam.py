# CAMs of own images: a frozen ImageNet backbone and a convex fit of the head;
# each image is also scored by a head that never saw it.
_base_ = '../cam/linear-cam_efficientnet-lite2_voc12.py'
train_cfg = dict(folds=5)
train_dataloader = dict(dataset=dict(allow_unlabeled=True))
test_dataloader = dict(dataset=dict(allow_unlabeled=True))
