# SEC on EfficientNet-Lite2, short and small enough for a CPU.
_base_ = [
    '../_base_/models/sec_efficientnet-lite2.py',
    '../_base_/datasets/voc12_cues_small.py',
    '../_base_/schedules/adamw_poly_deeplab.py', '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
cue_dir = _base_.work_root + '/make_cues_efficientnet-lite2_voc12/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(cue_path=cue_dir)))
randomness = dict(seed=0)
# Faster on a CPU, the same up to rounding.
default_hooks = dict(fold_norm=dict(type='wsss_plugins.FoldNormHook'))
