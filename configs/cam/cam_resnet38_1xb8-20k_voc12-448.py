# The baseline of EPS' tables: a plain classification network on the same
# schedule.
_base_ = [
    '../_base_/models/cam_resnet38.py',
    '../_base_/datasets/voc12_image_level.py',
    '../_base_/schedules/sgd_poly_psa.py', '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
