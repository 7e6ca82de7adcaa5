_base_ = [
    '../_base_/models/mal_efficientnet-lite0.py',
    '../_base_/datasets/exits_coco_256.py',
    '../_base_/schedules/exits_adamw_finetune.py',
    '../_base_/default_runtime.py'
]
