# DeepLab-LargeFOV on VGG16 as SEC has it: stride 8, and a last average pool.
# The weights are torchvision's, so images are RGB with ImageNet's mean and
# deviation. (Caffe's: bgr_to_rgb=False, mean=[104, 117, 123], std=[1, 1, 1].)
data_preprocessor = dict(
    type='wsss_plugins.WSSSDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='wsss_plugins.DeepLabVGG16',
        last_pool='max+avg',
        init_cfg=dict(
            type='Pretrained', checkpoint='data/vgg16_imagenet.pth')),
    decode_head=dict(
        type='wsss_plugins.SECHead',
        in_channels=512,
        loss_seed=dict(type='wsss_plugins.SeedLoss'),
        loss_expand=dict(
            type='wsss_plugins.ExpandLoss',
            decay_present=.996,
            decay_absent=0.,
            decay_background=.999),
        loss_constrain=dict(type='wsss_plugins.ConstrainLoss')),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
# At the size of the image, on probabilities that are not renormalized.
tta_model = dict(
    type='wsss_plugins.CRFSegTTAModel',
    scores='probs',
    crf=dict(
        iterations=10,
        pos_compat=3,
        pos_sxy=3,
        bi_compat=10,
        bi_sxy=80,
        bi_srgb=13))
