# MobileNetV2 at stride 16 with a plain CAM head: ImageNet features that
# fine-tune on a CPU. The weights were trained with TensorFlow's padding, which
# the adaptive convolution does.
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[127.5, 127.5, 127.5],
    std=[127.5, 127.5, 127.5],
    bgr_to_rgb=True)
model = dict(
    type='wsss_plugins.CAMSegmentor',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.MobileNetV2Top',
        output_stride=16,
        norm_eval=True,
        norm_cfg=dict(type='BN', requires_grad=False),
        conv_cfg=dict(type='Conv2dAdaptivePadding'),
        # Made from torchvision-style weights by tools/model_converters.
        init_cfg=dict(
            type='Pretrained', checkpoint='data/mobilenet_v2_mmseg.pth')),
    decode_head=dict(
        type='wsss_plugins.CAMHead', in_channels=1280))
tta_model = dict(type='wsss_plugins.CAMTTAModel')
