# EfficientNet-Lite4 at stride 16.
# No package brings its ImageNet weights; give a file by --weights.
data_preprocessor = dict(
    mean=[127., 127., 127.], std=[128., 128., 128.], bgr_to_rgb=True)
backbone = dict(
    type='wsss_plugins.EfficientNetLite',
    arch='lite4',
    output_stride=16,
    norm_cfg=dict(type='BN', eps=1e-3, momentum=.01, requires_grad=False),
    norm_eval=True,
    init_cfg=dict(type='Pretrained', checkpoint='efficientnet-lite4'))
# The features that ImageNet's classifier reads.
cam = dict(out_indices=(8, ))
# Stride 4, for decoders that take it, and those features.
segmentor = dict(out_indices=(2, 8), frozen_stages=4)
