# MobileNetV2 at stride 16, TensorFlow's padding. ImageNet weights are made of
# torchvision-style ones by tools/model_converters/mobilenet_v2.py; give that
# file by --weights.
data_preprocessor = dict(
    mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5], bgr_to_rgb=True)
backbone = dict(
    type='wsss_plugins.MobileNetV2Top',
    output_stride=16,
    norm_eval=True,
    norm_cfg=dict(type='BN', requires_grad=False),
    conv_cfg=dict(type='Conv2dAdaptivePadding'),
    init_cfg=dict(
        type='Pretrained', checkpoint='data/mobilenet_v2_mmseg.pth'))
# Stride 4, and the features that ImageNet's classifier reads.
segmentor = dict(type='wsss_plugins.MobileNetV2Levels', levels=(2, ))
