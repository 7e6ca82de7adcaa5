# Stage 2 of minutes on a CPU: a linear classifier on EfficientNet-Lite2, begun
# at its convex fit; stem and first four stages stay as they are.
_base_ = [
    '../_base_/models/fcn_efficientnet-lite2.py',
    '../_base_/datasets/voc12_pseudo_small.py',
    '../_base_/schedules/adamw_pixel_start.py', '../_base_/default_runtime.py'
]
model = dict(
    backbone=dict(frozen_stages=4),
    decode_head=dict(num_classes=_base_.num_classes))
mask_dir = _base_.work_root + '/make_masks_voc12/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(seg_map_path=mask_dir)))
randomness = dict(seed=0)
# Faster on a CPU, the same up to rounding.
default_hooks = dict(fold_norm=dict(type='wsss_plugins.FoldNormHook'))
