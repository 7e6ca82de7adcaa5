# CAM files of TinyVOC against ground truth, with confusion ratios.
_base_ = [
    '../_base_/stages/eval_cams.py', '../_base_/stages/tinyvoc_context.py',
    '../_base_/datasets/tinyvoc.py'
]
cam_dir = _base_.work_root + '/eps_r18-small_1xb16-400_tinyvoc-128/files'
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
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        ann_file=_base_.eval_list,
        data_prefix=dict(
            img_path=_base_.train_images,
            cam_path=cam_dir,
            context_path='SegmentationContext',
            seg_map_path=_base_.train_masks),
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
