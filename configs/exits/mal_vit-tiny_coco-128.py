_base_ = [
    '../_base_/models/mal_vit-tiny.py',
    '../_base_/datasets/exits_coco_128.py',
    '../_base_/schedules/exits_adamw_small.py', '../_base_/default_runtime.py'
]
