# EPS on COCO 2014 as the released script has it: 50 epochs.
_base_ = './eps_resnet38_1xb16-77k_coco14-321.py'
max_iters = 256500
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
