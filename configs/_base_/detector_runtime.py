# What detectors of mmdet need beside their own runtime: folders of other
# stages, and the names that options may use (see default_runtime.py).
_base_ = './work_root.py'
val_file = 'annotations/instances_val2017.json'
shortcuts = dict(
    data_root=('*_dataloader.dataset.data_root',
               '*_evaluator.ann_file = {data_root}/{val_file}'),
    train_file=('train_dataloader.dataset.ann_file', ),
    val_file=('val_dataloader.dataset.ann_file',
              'test_dataloader.dataset.ann_file',
              '*_evaluator.ann_file = {data_root}/{val_file}'),
    train_images=('train_dataloader.dataset.data_prefix.img', ),
    val_images=('val_dataloader.dataset.data_prefix.img',
                'test_dataloader.dataset.data_prefix.img'),
    weights=('model.backbone.+init_cfg.type = Pretrained',
             'model.backbone.+init_cfg.checkpoint'),
    max_iters=(),
    max_epochs=('train_cfg.max_epochs', ),
    batch_size=('train_dataloader.batch_size', ),
    seed=('+randomness.seed', ))
