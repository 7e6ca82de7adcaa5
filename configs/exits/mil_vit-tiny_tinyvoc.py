_base_ = [
    '../_base_/models/mil_vit-tiny.py',
    '../_base_/datasets/exits_tinyvoc.py',
    '../_base_/schedules/exits_adamw_small.py', '../_base_/default_runtime.py'
]
