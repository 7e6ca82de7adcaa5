# SC-CAM's background threshold is 0.15 where PSA's and EPS' is 0.2.
_base_ = '../cam/eval_cams_voc12.py'
threshold = .15
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='wsss_plugins.MakePseudoMask', threshold=threshold),
    dict(type='LoadAnnotations'),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
test_evaluator = [
    dict(type='wsss_plugins.CAMSweepMetric', report_threshold=threshold),
    dict(type='wsss_plugins.PseudoMaskMetric')
]
