# IRNet on TinyVOC, on the backbone of its classifier.
_base_ = [
    '../_base_/models/irn_r18_small.py',
    '../_base_/datasets/tinyvoc_affinity.py',
    '../_base_/schedules/sgd_poly_irn.py', '../_base_/default_runtime.py'
]
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
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoMaskWriter',
        out_dir='work_dirs/irn_tinyvoc/masks_irn/files')
]
