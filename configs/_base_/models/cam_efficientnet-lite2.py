# EfficientNet-Lite2 at stride 16 with a plain CAM head.
_base_ = './trunk_efficientnet-lite2.py'
model = dict(
    type='wsss_plugins.CAMSegmentor',
    decode_head=dict(
        type='wsss_plugins.CAMHead', in_channels=1280))
tta_model = dict(type='wsss_plugins.CAMTTAModel')
