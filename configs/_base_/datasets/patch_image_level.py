# Images of whole patches, each as it is: for CAMs from words, which no view
# or training changes.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.ResizeToPatches', max_patches=4096),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(test_mode=True, pipeline=test_pipeline))
test_evaluator = [dict(type='wsss_plugins.CAMWriter')]
test_cfg = dict(type='wsss_plugins.WorkDirTestLoop')
custom_hooks = [dict(type='wsss_plugins.ClassWordsHook')]
data_shortcuts = dict(
    train_list=('test_dataloader.dataset.ann_file', ),
    train_images=('test_dataloader.dataset.data_prefix.img_path', ),
    out_dir=('test_evaluator.0.+out_dir', ))
