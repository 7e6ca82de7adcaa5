# A linear CAM head on the frozen EfficientNet-Lite2. Its maps are kept in full
# precision, as cues are cut from them.
_base_ = '../cam/linear-cam_efficientnet-lite2_voc12.py'
test_evaluator = [
    dict(
        type='wsss_plugins.CAMWriter',
        dtype='float32')
]
