# Objects of a small set in COCO's layout, in crops of 256 pixels: 16x16
# patches of stride 16.
_base_ = './exits_coco_128.py'
crop_size = 256
train_pipeline = [
    _base_.load,
    dict(
        type='wsss_plugins.CropObjects',
        size=crop_size,
        margin='train',
        backend='cv2',
        outside_patch=16),
    dict(type='wsss_plugins.FlipObjects', prob=.5),
    dict(type='wsss_plugins.PackObjects')
]
test_pipeline = [
    _base_.load,
    dict(
        type='wsss_plugins.CropObjects',
        size=crop_size,
        margin='test',
        backend='cv2'),
    dict(type='wsss_plugins.PackObjects')
]
train_dataloader = dict(
    batch_size=4,
    dataset=dict(objects_per_sample=4, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
