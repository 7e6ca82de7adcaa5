# IRNet's classifier: 5 epochs of train_aug.
_base_ = [
    '../_base_/models/cam_resnet50_irn.py',
    '../_base_/datasets/voc12_tags_irn.py',
    '../_base_/schedules/sgd_poly_irn.py', '../_base_/default_runtime.py'
]
