# AffinityNet on EfficientNet-Lite2: the grid is that of the map of stride 8.
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[127., 127., 127.],
    std=[128., 128., 128.],
    bgr_to_rgb=True)
model = dict(
    type='wsss_plugins.AffinitySegmentor',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.EfficientNetLite',
        arch='lite2',
        output_stride=16,
        # Strides 8, 16, and what ImageNet's classifier reads.
        out_indices=(3, 5, 8),
        norm_cfg=dict(
            type='BN', eps=1e-3, momentum=.01, requires_grad=False),
        norm_eval=True,
        init_cfg=dict(type='Pretrained', checkpoint='efficientnet-lite2')),
    decode_head=dict(
        type='wsss_plugins.AffinityHead',
        in_channels=[48, 120, 1280]),
    border='padded',
    alpha=16,
    pad_divisor=16,
    # Chosen after trainings with PSA's momentum of 5e-4, which left affinities
    # high: with its power of 8 the random walk of 256 steps mixed objects into
    # the background. With true momentum 8 has not been tried.
    walk=dict(beta=16, steps=256))
