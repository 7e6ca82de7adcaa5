# SEC on a stock ResNet-50; everything else is the paper's.
_base_ = [
    '../_base_/models/sec_r50.py', '../_base_/datasets/voc12_cues.py',
    '../_base_/schedules/sgd_step_sec.py', '../_base_/default_runtime.py'
]
randomness = dict(seed=0)
shortcuts = dict(weights=('model.pretrained', ))
