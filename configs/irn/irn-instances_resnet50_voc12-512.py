# Instances by IRNet, written as COCO json for Mask R-CNN. Weights are those of
# irn_resnet50_1xb32-1k_voc12-512.py. The train list: the images that have
# instance masks to compare with.
_base_ = './irn_resnet50_1xb32-1k_voc12-512.py'
model = dict(instances=dict(iterations=300, threshold=2.5, min_area=.01))
test_dataloader = dict(
    dataset=dict(ann_file='ImageSets/Segmentation/train.txt'))
test_evaluator = [
    dict(
        type='wsss_plugins.InstanceWriter',
        out_dir='work_dirs/irn_voc12/instances_irn/files',
        out_file='work_dirs/irn_voc12/instances_irn/instances.json')
]
