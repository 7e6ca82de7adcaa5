# A short fine-tuning that starts where linear-cam_efficientnet-lite2 ends.
# Stem and first three stages stay as they are: .6 of the time of a step.
_base_ = [
    '../_base_/models/cam_efficientnet-lite2.py',
    '../_base_/datasets/voc12_cam_384-512.py',
    '../_base_/schedules/sgd_linear_start.py', '../_base_/default_runtime.py'
]
model = dict(
    backbone=dict(frozen_stages=3),
    decode_head=dict(dropout_ratio=0., num_classes=_base_.num_classes))
randomness = dict(seed=0)
# Features are kept in the work dir, or in a folder that several share.
data_shortcuts = dict(feature_dir=('custom_hooks.0.+cache_dir', ))
# Faster on a CPU, the same up to rounding.
default_hooks = dict(fold_norm=dict(type='wsss_plugins.FoldNormHook'))
