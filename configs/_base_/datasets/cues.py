# Image-level labels and localization cues, as SEC: images of 321x321 whatever
# their shape, no augmentation. Maps of stride 8 are 41x41. Configs name the
# folder of cues.
input_size = (321, 321)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadCues'),
    dict(type='Resize', scale=input_size, keep_ratio=False),
    dict(type='wsss_plugins.MakeCRFImage', stride=8),
    dict(type='wsss_plugins.PackWSSSInputs')
]
# The authors' demo resizes with aligned corners, their training does not.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.ZoomResize', size=input_size),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs')
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[[dict(type='wsss_plugins.ZoomResize', size=input_size)],
                    [dict(type='LoadAnnotations')],
                    [dict(type='PackSegInputs')]])
]
train_dataloader = dict(
    batch_size=15,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(test_mode=True, pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(
    type='wsss_plugins.PaletteIoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator
data_shortcuts = dict(
    train_list=('train_dataloader.dataset.ann_file', ),
    val_list=('val_dataloader.dataset.ann_file',
              'test_dataloader.dataset.ann_file'),
    val_images=('test_dataloader.dataset.data_prefix.img_path', ),
    val_masks=('val_dataloader.dataset.data_prefix.seg_map_path',
               'test_dataloader.dataset.data_prefix.seg_map_path'))
