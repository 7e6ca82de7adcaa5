# Objects with extreme points, in crops of 128 pixels.
_base_ = './exits_crops.py'
crop_size = 128
train_pipeline = [
    _base_.load,
    dict(
        type='wsss_plugins.CropObjects',
        size=crop_size,
        margin='train',
        backend='cv2',
        outside_patch=8),
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
    batch_size=8,
    num_workers=2,
    sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True),
    dataset=dict(
        objects_per_sample=4, min_box_area=1024, pipeline=train_pipeline))
val_dataloader = dict(num_workers=1, dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(num_workers=2, dataset=dict(pipeline=test_pipeline))
