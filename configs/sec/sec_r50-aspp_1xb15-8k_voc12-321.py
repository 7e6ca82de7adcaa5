# The losses of SEC on a stock head, DeepLab V3's.
_base_ = './sec_r50_1xb15-8k_voc12-321.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.SECStockHead',
        head=dict(
            type='ASPPHead',
            in_channels=2048,
            channels=512,
            dilations=(1, 12, 24, 36),
            num_classes=_base_.num_classes,
            norm_cfg=dict(type='BN'),
            align_corners=True)))
