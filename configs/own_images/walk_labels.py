# What the segmentor of own images learns of CAMs after a random walk: nothing
# where they are between .15 and .35, which was the best of the bands that were
# tried (docs/results.md); and what a person has corrected.
_base_ = './walk_masks.py'
threshold = .25
margin = .1
corrections = None
pipeline = [
    *_base_.pipeline[:2],
    dict(_base_.pipeline[2], threshold=threshold, margin=margin),
    dict(type='wsss_plugins.TakeCorrection', folder=corrections),
    _base_.pipeline[3],
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
data_shortcuts = dict(
    corrections=('test_dataloader.dataset.pipeline.3.folder', ))
