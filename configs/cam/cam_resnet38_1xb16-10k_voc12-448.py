# PSA's classification network: 15 epochs of train_aug.
_base_ = [
    '../_base_/models/cam_resnet38.py',
    '../_base_/datasets/voc12_image_level.py',
    '../_base_/schedules/sgd_poly_psa.py', '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
max_iters = 9915
optim_wrapper = dict(optimizer=dict(lr=.1))
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
train_dataloader = dict(batch_size=16)
