# A short fine-tuning that starts where linear-cam_efficientnet-lite2 ends.
_base_ = [
    '../_base_/models/cam_efficientnet-lite2.py',
    '../_base_/datasets/voc12_cam_384-512.py',
    '../_base_/schedules/sgd_linear_start.py', '../_base_/default_runtime.py'
]
# The first stages keep their weights, as in PSA's network: half the time.
model = dict(
    backbone=dict(frozen_stages=3), decode_head=dict(dropout_ratio=0.))
randomness = dict(seed=0)
