# AffinityNet on the wide ResNet-38 A1, from ImageNet: training that starts
# from the trained CAM network ends lower, as the authors found.
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True)
model = dict(
    type='wsss_plugins.AffinitySegmentor',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.ResNet38',
        out_indices=(0, 1, 2),
        # Made from the public MXNet file by tools/model_converters.
        init_cfg=dict(type='Pretrained', checkpoint='data/resnet38_a1.pth')),
    decode_head=dict(
        type='wsss_plugins.AffinityHead',
        in_channels=[512, 1024, 4096]),
    # 'reference' is the code's border defect: locations at the border have
    # fewer partners, and 10 of them none. 'padded' fixes it.
    border='reference',
    alpha=16,
    walk=dict(beta=8, steps=256))
