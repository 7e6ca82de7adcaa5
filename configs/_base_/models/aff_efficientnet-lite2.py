# AffinityNet on EfficientNet-Lite2: the grid is that of the map of stride 8.
_base_ = './trunk_efficientnet-lite2.py'
model = dict(
    type='wsss_plugins.AffinitySegmentor',
    backbone=dict(
        # Strides 8, 16, and what ImageNet's classifier reads.
        out_indices=(3, 5, 8)),
    decode_head=dict(
        type='wsss_plugins.AffinityHead',
        in_channels=[48, 120, 1280]),
    border='padded',
    alpha=16,
    pad_divisor=16,
    # Chosen for a MobileNetV2 trained with PSA's momentum of 5e-4, which left
    # affinities high: with its power of 8 the random walk of 256 steps mixed
    # objects into the background. Here 8 has not been tried.
    walk=dict(beta=16, steps=256))
