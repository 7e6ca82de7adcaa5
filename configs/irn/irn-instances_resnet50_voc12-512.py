# Instances by IRNet, written as COCO json for Mask R-CNN. Weights are those of
# irn_resnet50_1xb32-1k_voc12-512.py. The train list: the images that have
# instance masks to compare with.
_base_ = './irn_resnet50_1xb32-1k_voc12-512.py'
model = dict(instances=dict(iterations=300, threshold=2.5, min_area=.01))
test_dataloader = dict(dataset=dict(ann_file=_base_.eval_list))
test_evaluator = [dict(type='wsss_plugins.InstanceWriter')]
data_shortcuts = dict(
    train_list=('train_dataloader.dataset.ann_file', ),
    eval_list=('test_dataloader.dataset.ann_file', ))
