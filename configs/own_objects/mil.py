# Tells which patches are alike: a small transformer that learns from boxes.
_base_ = '../exits/mil_vit-tiny_coco-128.py'
val_dataloader = None
val_cfg = None
val_evaluator = None
train_cfg = dict(val_interval=1000000)
train_dataloader = dict(
    num_workers=1, dataset=dict(need_points=False, min_box_area=100))
schedule_shortcuts = dict(
    max_iters=('train_cfg.max_iters', 'param_scheduler.-2.end * 1/6',
               'param_scheduler.-1.begin * 1/6 if param_scheduler.-2',
               'param_scheduler.-1.end'))
