# Draws masks of objects that have boxes only: boxes and color edges.
_base_ = '../exits/mal_vit-tiny_coco-128.py'
val_dataloader = None
val_cfg = None
val_evaluator = None
train_cfg = dict(val_interval=1000000)
train_dataloader = dict(
    num_workers=1, dataset=dict(need_points=False, min_box_area=100))
data_shortcuts = dict(
    _delete_=True,
    train_file=('train_dataloader.dataset.ann_file',
                'test_dataloader.dataset.ann_file',
                'test_evaluator.0.ann_file'),
    train_images=('train_dataloader.dataset.data_prefix.img_path',
                  'test_dataloader.dataset.data_prefix.img_path'),
    data_root=(),
    out_dir=('test_evaluator.0.+out_dir', ))
schedule_shortcuts = dict(
    max_iters=('train_cfg.max_iters', 'param_scheduler.-2.end * 1/6',
               'param_scheduler.-1.begin * 1/6 if param_scheduler.-2',
               'param_scheduler.-1.end'))
