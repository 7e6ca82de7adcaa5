# EXITS, CVPR 2024. Its parameters are not public; these are guesses, see
# PointRetriever. The extractor's weights are those of a mil run, which the
# configs name: `--cfg-options extractor=FILE` for another.
_base_ = './mal_vitb.py'
model = dict(
    extractor=dict(
        type='wsss_plugins.PatchViT',
        dim=768,
        depth=12,
        num_heads=12,
        patch_size=16,
        patch_embed='convstem',
        pos_resize='scale'),
    retriever=dict(
        type='wsss_plugins.PointRetriever',
        alpha=2,
        sinkhorn_rounds=3,
        tau_fg=.5,
        tau_bg=-.5,
        delta=16.,
        dropout=.5,
        layers=(-1, )),
    loss_mil=None,
    loss_point=dict(
        type='wsss_plugins.PointLoss', mil_weight=1., loss_weight=4.))
model_shortcuts = dict(
    extractor=('model.extractor.+init_cfg.type = Pretrained',
               'model.extractor.+init_cfg.prefix = student.backbone.',
               'model.extractor.+init_cfg.checkpoint'))
