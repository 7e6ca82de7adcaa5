# AffinityNet on EfficientNet-Lite2, short enough for a CPU.
_base_ = [
    '../_base_/models/aff_efficientnet-lite2.py',
    '../_base_/datasets/voc12_affinity_small.py',
    '../_base_/schedules/sgd_poly_small.py', '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
mask_dir = _base_.work_root + '/make_labels_voc12/files'
cam_dir = _base_.work_root + '/linear-cam_efficientnet-lite2_voc12/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(seg_map_path=mask_dir)))
test_dataloader = dict(dataset=dict(data_prefix=dict(cam_path=cam_dir)))
max_iters = 500
param_scheduler = [
    dict(
        type='PolyLR',
        power=.9,
        eta_min=0.,
        begin=0,
        end=max_iters + 1,
        by_epoch=False)
]
train_cfg = dict(max_iters=max_iters)
default_hooks = dict(
    checkpoint=dict(interval=100),
    fold_norm=dict(type='wsss_plugins.FoldNormHook'))
randomness = dict(seed=0)
