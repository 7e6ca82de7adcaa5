# EPS on own images; each image is also scored by a head that never saw it.
_base_ = '../eps/eps_efficientnet-lite2_1xb16-80_voc12-320.py'
train_dataloader = dict(dataset=dict(allow_unlabeled=True))
test_dataloader = dict(dataset=dict(allow_unlabeled=True))
custom_hooks = [
    dict(_base_.custom_hooks[0], folds=5), *_base_.custom_hooks[1:]
]
