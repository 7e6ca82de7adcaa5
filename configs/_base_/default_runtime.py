# As mmseg's, without its tta_model: CAM networks bring their own.
_base_ = './work_root.py'
default_scope = 'mmseg'
env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'))
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(
    type='wsss_plugins.CAMLocalVisualizer',
    vis_backends=vis_backends,
    name='visualizer')
log_processor = dict(by_epoch=False)
log_level = 'INFO'
# Fixed, so that a run which is killed and resumed is the same run.
randomness = dict(seed=0)
load_from = None
resume = False
# What `--cfg-options data_root=X seed=1` sets, see
# wsss_plugins/apis/shortcuts.py. Data sets, stages and schedules add their own
# entries as `data_shortcuts` and `schedule_shortcuts`.
shortcuts = dict(
    # Facts of a data set; a file of them is applied by `facts=FILE`.
    dataset_type=('*_dataloader.dataset.type', ),
    data_root=('*_dataloader.dataset.data_root', ),
    label_file=('*_dataloader.dataset.label_file', ),
    # Whether images that show none of the classes are no mistake.
    allow_unlabeled=('*_dataloader.dataset.+allow_unlabeled if '
                     '*_dataloader.dataset.label_file', ),
    classes=('*_dataloader.dataset.+metainfo.classes',
             'num_classes = len(classes)'),
    palette=('*_dataloader.dataset.+metainfo.palette', ),
    num_classes=('model.*_head.num_classes', 'model.*_head.*.num_classes',
                 'model.refiners.*.num_classes'),
    train_list=(),
    eval_list=(),
    val_list=(),
    train_file=(),
    val_file=(),
    train_images=('train_dataloader.dataset.data_prefix.img_path', ),
    val_images=('val_dataloader.dataset.data_prefix.img_path', ),
    train_masks=(),
    val_masks=(),
    saliency=('*_dataloader.dataset.data_prefix.saliency_path', ),
    # Folders of what other stages wrote, and of what this one writes.
    cam_dir=('*_dataloader.dataset.data_prefix.cam_path', ),
    cue_dir=('*_dataloader.dataset.data_prefix.cue_path', ),
    gradient_dir=('*_dataloader.dataset.data_prefix.gradient_path', ),
    mask_dir=('train_dataloader.dataset.data_prefix.seg_map_path',
              'test_dataloader.dataset.data_prefix.mask_path'),
    out_dir=(),
    # Training.
    weights=('model.backbone.+init_cfg.type = Pretrained',
             'model.backbone.+init_cfg.checkpoint'),
    max_iters=(),
    max_epochs=(),
    batch_size=('train_dataloader.batch_size', ),
    seed=('+randomness.seed', ))
