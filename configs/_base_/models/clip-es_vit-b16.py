# CLIP ViT-B/16 that finds the words of classes; nothing is trained. The
# checkpoint is made by tools/model_converters/clip.py.
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[122.7709383, 116.7460125, 104.09373615],
    std=[68.5005327, 66.6321579, 70.32316305],
    bgr_to_rgb=True)
model = dict(
    type='wsss_plugins.TextCAMSegmentor',
    box_threshold=.4,
    data_preprocessor=data_preprocessor,
    backbone=dict(type='wsss_plugins.CLIPViT'),
    decode_head=dict(type='wsss_plugins.TextCAMHead', num_classes=21))
