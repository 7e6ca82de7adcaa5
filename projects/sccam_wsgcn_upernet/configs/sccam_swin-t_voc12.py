# SC-CAM's hook and head on Swin-T: the map of stage 3 has stride 16.
_base_ = '../../../configs/sccam/sccam_resnet38-single_1xb16-40k_voc12-224.py'
model = dict(
    backbone=dict(
        _delete_=True,
        type='SwinTransformer',
        embed_dims=96,
        depths=[2, 2, 6, 2],
        num_heads=[3, 6, 12, 24],
        window_size=7,
        drop_path_rate=.2,
        out_indices=(2, ),
        # mmpretrain's ImageNet weights, converted by mmseg's tool.
        init_cfg=dict(
            type='Pretrained', checkpoint='data/swin_tiny_mmseg.pth')),
    decode_head=dict(parent=dict(in_channels=384)))
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=6e-5, weight_decay=.01),
    paramwise_cfg=dict(
        norm_decay_mult=0.,
        custom_keys=dict(decode_head=dict(lr_mult=10.))))
