# CAM files to pseudo masks through a dense CRF with the parameters of
# CLIP-ES, 255 where it is not sure.
_base_ = './make_masks.py'
refiner = dict(
    type='wsss_plugins.DenseCRFRefiner',
    alpha=1,
    crf=dict(pos_compat=3, pos_sxy=1, bi_compat=4, bi_sxy=67, bi_srgb=3))
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='wsss_plugins.RefineClassMaps', refiner=refiner),
    dict(type='wsss_plugins.MakePseudoMask'),
    dict(type='wsss_plugins.IgnoreUnsure', confidence=.95),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
