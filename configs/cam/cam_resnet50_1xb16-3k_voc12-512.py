# IRNet's classification network: 5 epochs of train_aug.
_base_ = [
    '../_base_/models/cam_resnet50_irn.py',
    '../_base_/datasets/voc12_image_level_irn.py',
    '../_base_/schedules/sgd_poly_irn.py', '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
