# As mmseg's, without its tta_model: CAM networks bring their own.
default_scope = 'mmseg'
env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'))
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(
    type='SegLocalVisualizer', vis_backends=vis_backends, name='visualizer')
log_processor = dict(by_epoch=False)
log_level = 'INFO'
# Fixed, so that a run which is killed and resumed is the same run.
randomness = dict(seed=0)
load_from = None
resume = False
# What options such as `--cfg-options data_root=X seed=1` set: see
# wsss_plugins/apis/shortcuts.py. Data sets, stages and schedules add theirs in
# `data_shortcuts` and `schedule_shortcuts`.
shortcuts = dict(
    # Facts of a data set, which a file can state: `facts=FILE`.
    dataset_type=('*_dataloader.dataset.type', ),
    data_root=('*_dataloader.dataset.data_root', ),
    label_file=('*_dataloader.dataset.label_file', ),
    classes=('*_dataloader.dataset.+metainfo.classes',
             'num_classes = len(classes)'),
    palette=('*_dataloader.dataset.+metainfo.palette', ),
    num_classes=('model.*_head.num_classes', 'model.*_head.*.num_classes',
                 'model.refiners.*.num_classes'),
    train_list=('train_dataloader.dataset.ann_file', ),
    eval_list=(),
    val_list=('val_dataloader.dataset.ann_file', ),
    # Folders that other stages wrote.
    cam_dir=('*_dataloader.dataset.data_prefix.cam_path', ),
    cue_dir=('*_dataloader.dataset.data_prefix.cue_path', ),
    gradient_dir=('*_dataloader.dataset.data_prefix.gradient_path', ),
    mask_dir=('train_dataloader.dataset.data_prefix.seg_map_path',
              'test_dataloader.dataset.data_prefix.mask_path'),
    out_dir=('test_evaluator.0.out_dir', ),
    # Training.
    weights=('model.backbone.+init_cfg.type = Pretrained',
             'model.backbone.+init_cfg.checkpoint'),
    max_iters=(),
    max_epochs=(),
    batch_size=('train_dataloader.batch_size', ),
    seed=('+randomness.seed', ))
