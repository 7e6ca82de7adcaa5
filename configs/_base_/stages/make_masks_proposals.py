# CAM files and mask proposals to pseudo masks: classes take the proposals that
# they overlap. rule='vote' is the other rule, published for masks of SAM; of
# superpixels, which are many, it makes worse masks.
_base_ = './make_masks.py'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(
        type='wsss_plugins.RefineClassMaps',
        refiner=dict(
            type='wsss_plugins.ProposalRefiner',
            folder='work_dirs/proposals/files',
            rule='overlap',
            cam_threshold=.2)),
    dict(type='wsss_plugins.MakePseudoMask'),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
data_shortcuts = dict(
    proposal_dir=('test_dataloader.dataset.pipeline.2.refiner.folder', ))
