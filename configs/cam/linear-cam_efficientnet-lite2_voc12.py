# CAMs without a training loop: a frozen ImageNet backbone, and the linear
# head that is best for it. Minutes on one core of a CPU.
_base_ = [
    '../_base_/models/cam_efficientnet-lite2.py',
    '../_base_/datasets/voc12_cam_384-512.py',
    '../_base_/schedules/linear_fit.py', '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
randomness = dict(seed=0)
# Features are kept in the work dir, or in a folder that several share.
data_shortcuts = dict(feature_dir=('train_cfg.+cache_dir', ))
# Whole images, of many sizes.
env_cfg = dict(cudnn_benchmark=False)
# Faster on a CPU, the same up to rounding.
default_hooks = dict(fold_norm=dict(type='wsss_plugins.FoldNormHook'))
