# CAMs of images with ground truth: every background threshold, and masks at
# the usual one with an interval.
_base_ = '../cam/eval_cams_voc12.py'
test_dataloader = dict(
    dataset=dict(label_file=_base_.label_file, allow_unlabeled=True))
test_evaluator = [
    _base_.test_evaluator[0],
    dict(type='wsss_plugins.FewImagesMetric')
]
