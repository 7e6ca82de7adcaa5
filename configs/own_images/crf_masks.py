# CAMs of own images to masks through a dense CRF.
_base_ = '../masks/make_masks_crf_voc12.py'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(
        type='wsss_plugins.RefineClassMaps',
        refiner=dict(
            type='wsss_plugins.DenseCRFRefiner',
            alpha=_base_.alpha,
            # File of an alpha that was chosen by ground truth.
            chosen=None)),
    dict(type='wsss_plugins.MakePseudoMask'),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(
    dataset=dict(
        label_file=_base_.label_file,
        allow_unlabeled=True,
        pipeline=pipeline))
mask_shortcuts = dict(
    chosen=('test_dataloader.dataset.pipeline.*.refiner.chosen',
            'test_dataloader.dataset.pipeline.*.chosen'))
