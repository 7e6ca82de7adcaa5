_base_ = [
    '../_base_/models/exits_vit-tiny.py',
    '../_base_/datasets/exits_coco_128.py',
    '../_base_/schedules/exits_adamw_small.py', '../_base_/default_runtime.py'
]
# As on TinyVOC, attention of a network trained from scratch is nearly even;
# thresholds in deviations of the score need no calibration.
model = dict(
    retriever=dict(tau_unit='spread', tau_fg=1., tau_bg=-1., layers=(0, )))
