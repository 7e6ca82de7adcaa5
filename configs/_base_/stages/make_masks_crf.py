# CAM files to pseudo masks through a dense CRF, with PSA's parameters.
_base_ = './make_masks.py'
alpha = 8
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(
        type='wsss_plugins.RefineClassMaps',
        refiner=dict(type='wsss_plugins.DenseCRFRefiner', alpha=alpha)),
    dict(type='wsss_plugins.MakePseudoMask'),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
