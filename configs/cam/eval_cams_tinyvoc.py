_base_ = [
    '../_base_/stages/eval_cams.py', '../_base_/stages/tinyvoc_context.py'
]
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='wsss_plugins.MakePseudoMask', threshold=_base_.threshold),
    dict(type='LoadAnnotations'),
    dict(type='wsss_plugins.LoadContextMask'),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(
    dataset=dict(
        type='wsss_plugins.TinyVOCDataset',
        data_root='data/tinyvoc',
        ann_file='ImageSets/Segmentation/train.txt',
        data_prefix=dict(
            img_path='JPEGImages',
            cam_path='./work_dirs/eps_tinyvoc/cam_eps/files',
            context_path='SegmentationContext',
            seg_map_path='SegmentationClass'),
        pipeline=pipeline))
test_evaluator = [
    dict(
        type='wsss_plugins.CAMSweepMetric',
        report_threshold=_base_.threshold),
    dict(
        type='wsss_plugins.PseudoMaskMetric',
        pairs=_base_.context_pairs,
        context_classes=_base_.context_classes)
]
