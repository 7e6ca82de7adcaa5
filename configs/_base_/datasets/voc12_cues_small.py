# PASCAL VOC 2012 with cues for a small backbone on a CPU. Images are half of
# the paper's size, so the 41x41 grid of the cues and of the CRF has a location
# every 4 pixels. Images are few, so they are mirrored, which the paper does
# not do.
_base_ = './voc12_cues.py'
train_list = _base_.eval_list
input_size = (161, 161)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomFlip', prob=.5),
    dict(type='wsss_plugins.LoadCues', size=(41, 41)),
    dict(type='Resize', scale=input_size, keep_ratio=False),
    dict(type='wsss_plugins.MakeCRFImage', stride=4),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.ZoomResize', size=input_size),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs')
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[[dict(type='wsss_plugins.ZoomResize', size=input_size)],
                    [dict(type='LoadAnnotations')],
                    [dict(type='PackSegInputs')]])
]
train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    dataset=dict(ann_file=train_list, pipeline=train_pipeline))
val_dataloader = dict(num_workers=2, dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(num_workers=2, dataset=dict(pipeline=test_pipeline))
