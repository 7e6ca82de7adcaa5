# IRNet: 3 epochs of train_aug.
_base_ = [
    '../_base_/models/irn_resnet50.py', '../_base_/datasets/voc12_ir.py',
    '../_base_/schedules/sgd_poly_irn.py', '../_base_/default_runtime.py'
]
max_iters = 990
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
