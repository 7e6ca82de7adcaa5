# CAM files to pseudo masks: a dense CRF, whose label map takes the mask
# proposals that it overlaps.
_base_ = './make_masks.py'
alpha = 8
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(
        type='wsss_plugins.RefineClassMaps',
        refiner=dict(type='wsss_plugins.DenseCRFRefiner', alpha=alpha)),
    dict(
        type='wsss_plugins.RefineClassMaps',
        refiner=dict(
            type='wsss_plugins.ProposalRefiner',
            folder='work_dirs/proposals/files',
            rule='overlap')),
    dict(type='wsss_plugins.MakePseudoMask'),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
data_shortcuts = dict(
    proposal_dir=('test_dataloader.dataset.pipeline.3.refiner.folder', ))
