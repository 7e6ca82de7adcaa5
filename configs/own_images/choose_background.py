# The background score of crf_masks.py that suits images with ground truth.
_base_ = './crf_masks.py'
values = (1, 2, 4, 6, 8, 12, 16, 24, 32)
eval_list = 'ImageSets/Segmentation/truth.txt'
train_masks = 'truth'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadClassMaps'),
    dict(type='LoadAnnotations'),
    dict(
        type='wsss_plugins.MakeCandidateMasks',
        transforms=_base_.pipeline[2:4],
        parameter='0.refiner.alpha',
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
    parameter='alpha',
    values=values,
    default=_base_.alpha)
test_cfg = dict(_delete_=True, type='TestLoop')
data_shortcuts = dict(
    _delete_=True,
    eval_list=('test_dataloader.dataset.ann_file', ),
    train_images=('test_dataloader.dataset.data_prefix.img_path', ),
    train_masks=('test_dataloader.dataset.data_prefix.seg_map_path', ),
    out_file=('test_evaluator.+out_file', ))
