# A plain CAM network on ImageNet's MobileNetV2, short enough for a CPU. Its
# maps are kept in full precision, as cues are cut from them.
_base_ = '../cam/cam_mobilenetv2_1xb16-700_voc12-256.py'
test_evaluator = [
    dict(
        type='wsss_plugins.CAMWriter',
        dtype='float32')
]
