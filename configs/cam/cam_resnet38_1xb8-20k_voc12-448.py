# The baseline of EPS' tables: a plain classifier on the same schedule.
_base_ = [
    '../_base_/models/cam_resnet38.py',
    '../_base_/datasets/voc12_image_level.py',
    '../_base_/schedules/sgd_poly_psa.py', '../_base_/default_runtime.py'
]
