# PASCAL VOC 2012 for AffinityNet.
_base_ = ['./voc12.py', './affinity.py']
train_dataloader = dict(
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        ann_file=_base_.train_list,
        data_prefix=dict(img_path=_base_.train_images)))
test_dataloader = train_dataloader
