# Masks of images with ground truth, with an interval.
_base_ = '../masks/eval_masks_voc12.py'
test_dataloader = dict(
    dataset=dict(label_file=_base_.label_file, allow_unlabeled=True))
test_evaluator = [dict(type='wsss_plugins.FewImagesMetric')]
