# CAM files against masks, at every background threshold in one pass.
_base_ = '../default_runtime.py'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='LoadAnnotations'),
    dict(type='wsss_plugins.PackWSSSInputs')
]
model = dict(type='wsss_plugins.PrecomputedModel')
test_dataloader = dict(
    batch_size=1,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(test_mode=True, pipeline=pipeline))
test_evaluator = [dict(type='wsss_plugins.CAMSweepMetric')]
test_cfg = dict(type='TestLoop')
