# SC-CAM's background threshold is 0.15 where PSA's and EPS' is 0.2.
_base_ = '../cam/eval_cams_voc12.py'
cam_dir = _base_.work_root + '/sccam_resnet38_1xb16-81k_voc12-224/files'
threshold = .15
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='wsss_plugins.MakePseudoMask', threshold=threshold),
    dict(type='LoadAnnotations'),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(
    dataset=dict(data_prefix=dict(cam_path=cam_dir), pipeline=pipeline))
test_evaluator = [
    dict(type='wsss_plugins.CAMSweepMetric', report_threshold=threshold),
    dict(type='wsss_plugins.PseudoMaskMetric')
]
