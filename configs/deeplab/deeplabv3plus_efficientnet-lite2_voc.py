# Stage 2 on EfficientNet-Lite2, short enough for a CPU.
_base_ = [
    '../_base_/models/deeplabv3plus_efficientnet-lite2.py',
    '../_base_/datasets/voc12_pseudo_small.py',
    '../_base_/schedules/adamw_poly_deeplab.py', '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
mask_dir = _base_.work_root + '/make_masks_voc12/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(seg_map_path=mask_dir)))
randomness = dict(seed=0)
# Faster on a CPU, the same up to rounding.
default_hooks = dict(fold_norm=dict(type='wsss_plugins.FoldNormHook'))
