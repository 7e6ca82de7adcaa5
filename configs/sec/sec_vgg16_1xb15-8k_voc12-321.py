# SEC as in the paper.
_base_ = [
    '../_base_/models/sec_vgg16.py', '../_base_/datasets/voc12_cues.py',
    '../_base_/schedules/sgd_step_sec.py', '../_base_/default_runtime.py'
]
randomness = dict(seed=0)
