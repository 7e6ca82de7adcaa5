# CAM files and mask proposals to pseudo masks: a proposal gets the class
# whose CAM is greatest on it.
_base_ = './make_masks.py'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(
        type='wsss_plugins.RefineClassMaps',
        refiner=dict(
            type='wsss_plugins.ProposalRefiner',
            folder='work_dirs/proposals/files',
            rule='vote',
            power=.7,
            priority=('level', 'conf'))),
    dict(type='wsss_plugins.MakePseudoMask'),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
data_shortcuts = dict(
    proposal_dir=('test_dataloader.dataset.pipeline.2.refiner.folder', ))
