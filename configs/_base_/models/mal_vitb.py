# MAL, CVPR 2023: ViT-B/16 with a stem of convolutions, crops of 512 pixels,
# so 32x32 patches. The weights are MAE's, without those of the patches, which
# the stem replaces.
weights = 'data/mae_vit_base.pth'
weight_files = {
    weights:
    "download MAE's mae_pretrain_vit_base.pth (facebookresearch/mae) and run "
    'tools/model_converters/mae_vit.py mae_pretrain_vit_base.pth '
    f'{weights}, or name other weights with weights=FILE'
}
model = dict(
    type='wsss_plugins.ExitsGenerator',
    data_preprocessor=dict(type='wsss_plugins.ObjectDataPreprocessor'),
    network=dict(
        type='wsss_plugins.ObjectMaskNet',
        backbone=dict(
            type='wsss_plugins.PatchViT',
            dim=768,
            depth=12,
            num_heads=12,
            patch_size=16,
            patch_embed='convstem',
            pos_resize='scale',
            init_cfg=dict(type='Pretrained', checkpoint=weights)),
        decode_head=dict(
            type='wsss_plugins.MALMaskDecoder', in_channels=768,
            channels=256)),
    teacher=True,
    loss_mil=dict(type='wsss_plugins.MILLoss', loss_weight=4.),
    loss_crf=dict(type='wsss_plugins.CRFConsistencyLoss', loss_weight=.5),
    # Steps of the first epoch over which the weights of the losses rise.
    warmup=dict(mil=1000, point=1000, crf=4000))
# mmdet's MeanTeacherHook does the same, but needs compiled operators.
teacher_hook = dict(type='wsss_plugins.TeacherHook', momentum=.004)
custom_hooks = [teacher_hook]
model_shortcuts = dict(
    weights=('model.network.backbone.+init_cfg.type = Pretrained',
             'model.network.backbone.+init_cfg.checkpoint'),
    # The checkpoint of another run, whose student this one starts from.
    student=('model.network.+init_cfg.type = Pretrained',
             'model.network.+init_cfg.prefix = student.',
             'model.network.+init_cfg.checkpoint'))
