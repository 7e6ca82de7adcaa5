# A stock Mask R-CNN that is small enough for a CPU: ResNet-18, 64 channels in
# its pyramid and heads, trained from scratch on masks that a generator drew.
# Without ground truth there is nothing to validate on; --truth adds it.
_base_ = '../exits/mask-rcnn_r50_tinyvoc.py'
val_dataloader = None
val_cfg = None
val_evaluator = None
train_cfg = dict(
    _delete_=True,
    type='IterBasedTrainLoop',
    max_iters=_base_.max_iters,
    val_interval=1000000)
scale = (320, 320)
num_classes = len(_base_.classes)
data_root = train_images = test_images = ''
test_file = _base_.train_file
found = _base_.work_root + '/found'
model = dict(
    rpn_head=dict(anchor_generator=dict(scales=[8])),
    roi_head=dict(
        bbox_roi_extractor=dict(finest_scale=56),
        mask_roi_extractor=dict(finest_scale=56)))
train_pipeline = [
    dict(type='wsss_plugins.LoadUprightImage'),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(
        type='RandomResize',
        scale=scale,
        ratio_range=(.8, 1.25),
        keep_ratio=True),
    dict(type='RandomFlip', prob=.5),
    dict(type='PackDetInputs')
]
test_pipeline = [
    dict(type='wsss_plugins.LoadUprightImage'),
    dict(type='Resize', scale=scale, keep_ratio=True),
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape',
                   'scale_factor'))
]
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        data_root=data_root,
        data_prefix=dict(img=train_images),
        pipeline=train_pipeline))
test_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        ann_file=test_file,
        data_prefix=dict(img=test_images),
        pipeline=test_pipeline))
# The detections alone; the stage that has ground truth evaluates them.
test_evaluator = dict(
    metric=['segm'],
    format_only=True,
    ann_file=test_file,
    outfile_prefix=found)
shortcuts = dict(
    _delete_=True,
    classes=('*_dataloader.dataset.+metainfo.classes',
             'num_classes = len(classes)'),
    num_classes=('model.roi_head.bbox_head.num_classes',
                 'model.roi_head.mask_head.num_classes'),
    train_file=('train_dataloader.dataset.ann_file', ),
    test_file=('test_dataloader.dataset.ann_file', 'test_evaluator.ann_file'),
    train_images=('train_dataloader.dataset.data_prefix.img', ),
    test_images=('test_dataloader.dataset.data_prefix.img', ),
    data_root=('*_dataloader.dataset.data_root', ),
    found=('test_evaluator.outfile_prefix', ),
    weights=('model.backbone.+init_cfg.type = Pretrained',
             'model.backbone.+init_cfg.checkpoint'),
    max_iters=('train_cfg.max_iters', 'param_scheduler.-2.end * 5/24',
               'param_scheduler.-1.begin * 5/24 if param_scheduler.-2',
               'param_scheduler.-1.end + 1'),
    batch_size=('train_dataloader.batch_size', ),
    seed=('+randomness.seed', ))
