# What the segmentor of own images learns: masks of walk_masks.py, but for the
# pixels that are near the threshold, and what a person has corrected.
_base_ = './walk_masks.py'
margin = .1
corrections = None
pipeline = [
    *_base_.pipeline[:2],
    dict(_base_.pipeline[2], margin=margin),
    dict(type='wsss_plugins.TakeCorrection', folder=corrections),
    _base_.pipeline[3],
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
data_shortcuts = dict(
    corrections=('test_dataloader.dataset.pipeline.3.folder', ))
