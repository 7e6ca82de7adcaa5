# CAM files against masks: every background threshold in one pass, and the
# masks at one threshold with their confusion ratios.
_base_ = '../default_runtime.py'
threshold = .2
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='wsss_plugins.MakePseudoMask', threshold=threshold),
    dict(type='LoadAnnotations'),
    dict(type='wsss_plugins.PackWSSSInputs')
]
model = dict(type='wsss_plugins.PrecomputedModel')
test_dataloader = dict(
    batch_size=1,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(test_mode=True, pipeline=pipeline))
test_evaluator = [
    dict(type='wsss_plugins.CAMSweepMetric', report_threshold=threshold),
    dict(type='wsss_plugins.PseudoMaskMetric'),
    dict(type='wsss_plugins.BoundaryMetric')
]
test_cfg = dict(type='TestLoop')
data_shortcuts = dict(
    eval_list=('test_dataloader.dataset.ann_file', ),
    train_images=('test_dataloader.dataset.data_prefix.img_path', ),
    train_masks=('test_dataloader.dataset.data_prefix.seg_map_path', ))
