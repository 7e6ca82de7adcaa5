# PASCAL VOC 2012 with image-level labels and SC-CAM's crops of 224 pixels.
_base_ = './voc12_image_level.py'
crop_size = (224, 224)
train_pipeline = [
    *_base_.train_pipeline[:-2],
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=crop_size,
        img_fill=_base_.mean_bgr),
    dict(type='wsss_plugins.PackWSSSInputs')
]
train_dataloader = dict(
    batch_size=16, dataset=dict(pipeline=train_pipeline))
