# AffinityNet on MobileNetV2: the grid is that of the map of stride 8.
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[127.5, 127.5, 127.5],
    std=[127.5, 127.5, 127.5],
    bgr_to_rgb=True)
model = dict(
    type='wsss_plugins.AffinitySegmentor',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.MobileNetV2Levels',
        levels=(3, 5),
        output_stride=16,
        norm_eval=True,
        norm_cfg=dict(type='BN', requires_grad=False),
        conv_cfg=dict(type='Conv2dAdaptivePadding'),
        # Made from torchvision-style weights by tools/model_converters.
        init_cfg=dict(
            type='Pretrained', checkpoint='data/mobilenet_v2_mmseg.pth')),
    decode_head=dict(
        type='wsss_plugins.AffinityHead',
        in_channels=[32, 96, 1280]),
    border='padded',
    alpha=16,
    pad_divisor=16,
    # Chosen after trainings with PSA's momentum of 5e-4, which left affinities
    # high: with its power of 8 the random walk of 256 steps mixed objects into
    # the background. With true momentum 8 has not been tried.
    walk=dict(beta=16, steps=256))
