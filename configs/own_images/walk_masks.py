# CAMs after a random walk, of own images, to masks. IRNet's background
# threshold is .25; .3 was better on photos (docs/results.md).
_base_ = '../masks/make_masks_voc12.py'
threshold = .3
chooser = 'configs/own_images/choose_threshold.py'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(
        type='wsss_plugins.MakePseudoMask',
        threshold=threshold,
        # File of a threshold that was chosen by ground truth.
        chosen=None),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(
    dataset=dict(
        label_file=_base_.label_file,
        allow_unlabeled=True,
        pipeline=pipeline))
mask_shortcuts = dict(
    chosen=('test_dataloader.dataset.pipeline.*.chosen', ))
