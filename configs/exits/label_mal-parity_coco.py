# Labeling exactly as MAL's released code does it: what lies beyond the image
# wraps around. The other configs mirror the image and mark the padding.
_base_ = './mal_vitb_coco.py'
test_pipeline = [
    _base_.load,
    dict(
        type='wsss_plugins.CropObjects', size=512, margin='test', pad='wrap'),
    dict(type='wsss_plugins.PackObjects')
]
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
