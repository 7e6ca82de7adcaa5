# The EPS head on MiT-B0 (the backbone of SegFormer).
_base_ = '../../../configs/eps/eps_resnet38_1xb8-20k_voc12-448.py'
model = dict(
    backbone=dict(
        _delete_=True,
        type='MixVisionTransformer',
        embed_dims=32,
        num_stages=4,
        num_layers=[2, 2, 2, 2],
        num_heads=[1, 2, 5, 8],
        patch_sizes=[7, 3, 3, 3],
        sr_ratios=[8, 4, 2, 1],
        mlp_ratio=4,
        qkv_bias=True),
    # Stage 3 has stride 16, the last one 32.
    decode_head=dict(in_channels=160, in_index=2))
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=6e-5, weight_decay=.01),
    paramwise_cfg=dict(
        norm_decay_mult=0.,
        custom_keys=dict(decode_head=dict(lr_mult=10.))))
