# The background threshold of walk_masks.py that suits images with ground
# truth.
_base_ = './walk_masks.py'
values = (.1, .15, .2, .25, .3, .35, .4, .5, .6)
eval_list = 'ImageSets/Segmentation/truth.txt'
train_masks = 'truth'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='LoadAnnotations'),
    dict(
        type='wsss_plugins.MakeCandidateMasks',
        transforms=_base_.pipeline[2:3],
        parameter='0.threshold',
        values=values),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(
    dataset=dict(
        ann_file=eval_list,
        data_prefix=dict(seg_map_path=train_masks),
        pipeline=pipeline))
test_evaluator = dict(
    _delete_=True,
    type='wsss_plugins.ValueChoiceMetric',
    parameter='threshold',
    values=values,
    default=_base_.threshold)
test_cfg = dict(_delete_=True, type='TestLoop')
data_shortcuts = dict(
    _delete_=True,
    eval_list=('test_dataloader.dataset.ann_file', ),
    train_images=('test_dataloader.dataset.data_prefix.img_path', ),
    train_masks=('test_dataloader.dataset.data_prefix.seg_map_path', ),
    out_file=('test_evaluator.+out_file', ))
