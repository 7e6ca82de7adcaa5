# CAM files and gradient saliency to localization cues. For another source of
# the background, load it in place of the gradients and set bg_source.
_base_ = '../default_runtime.py'
pipeline = [
    dict(type='wsss_plugins.LoadImageSize'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='wsss_plugins.LoadGradientMap'),
    dict(type='wsss_plugins.MakeCues', fg_threshold=.2, bg_share=.1),
    dict(type='wsss_plugins.PackWSSSInputs')
]
model = dict(type='wsss_plugins.PrecomputedModel')
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        map_suffix=dict(gradient_path='.npz'),
        test_mode=True,
        pipeline=pipeline))
test_evaluator = [dict(type='wsss_plugins.CueWriter')]
test_cfg = dict(type='wsss_plugins.WorkDirTestLoop')
data_shortcuts = dict(
    train_list=('test_dataloader.dataset.ann_file', ),
    train_images=('test_dataloader.dataset.data_prefix.img_path', ),
    out_dir=('test_evaluator.0.+out_dir', ))
