# CAM files and gradient saliency to localization cues. For another source of
# the background, load it in place of the gradients and set bg_source.
_base_ = '../default_runtime.py'
pipeline = [
    dict(type='LoadImageFromFile'),
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
test_cfg = dict(type='TestLoop')
data_shortcuts = dict(train_list=('test_dataloader.dataset.ann_file', ))
