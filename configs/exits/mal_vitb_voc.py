_base_ = [
    '../_base_/models/mal_vitb.py',
    '../_base_/datasets/exits_voc.py',
    '../_base_/schedules/exits_adamw.py', '../_base_/default_runtime.py'
]
log_processor = dict(by_epoch=True)
