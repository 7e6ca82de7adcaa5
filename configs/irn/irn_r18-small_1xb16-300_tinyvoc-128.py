# IRNet on TinyVOC, on the backbone of its CAM network.
_base_ = [
    '../_base_/models/irn_r18_small.py',
    '../_base_/datasets/tinyvoc_affinity.py',
    '../_base_/schedules/sgd_poly_irn.py', '../_base_/default_runtime.py'
]
_cam = 'cam_r18-small_1xb16-400_tinyvoc-128'
model = dict(
    backbone=dict(
        init_cfg=dict(
            type='Pretrained',
            checkpoint=f'{_base_.work_root}/{_cam}/iter_400.pth',
            prefix='backbone.')),
    decode_head=dict(num_classes=_base_.num_classes))
mask_dir = _base_.work_root + '/make_ir_labels_tinyvoc/files'
cam_dir = f'{_base_.work_root}/{_cam}/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(seg_map_path=mask_dir)))
test_dataloader = dict(dataset=dict(data_prefix=dict(cam_path=cam_dir)))
max_iters = 300
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=.01))
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
default_hooks = dict(checkpoint=dict(interval=100))
randomness = dict(seed=0)
