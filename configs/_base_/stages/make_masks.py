# CAM files to pseudo masks. To refine, load the image and put
# RefineClassMaps in between, as make_masks_crf.py.
_base_ = '../default_runtime.py'
threshold = .2
pipeline = [
    dict(type='wsss_plugins.LoadImageSize'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='wsss_plugins.MakePseudoMask', threshold=threshold),
    dict(type='wsss_plugins.PackWSSSInputs')
]
model = dict(type='wsss_plugins.PrecomputedModel')
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(test_mode=True, pipeline=pipeline))
test_evaluator = [dict(type='wsss_plugins.PseudoMaskWriter')]
test_cfg = dict(type='wsss_plugins.WorkDirTestLoop')
data_shortcuts = dict(
    train_list=('test_dataloader.dataset.ann_file', ),
    train_images=('test_dataloader.dataset.data_prefix.img_path', ),
    out_dir=('test_evaluator.0.+out_dir', ))
