# A small network's attention is nearly even: thresholds must be small, or in
# deviations of the score (tau_unit='std' or 'spread').
_base_ = './mal_vit-tiny.py'
model = dict(
    extractor=dict(
        type='wsss_plugins.PatchViT',
        dim=96,
        depth=4,
        num_heads=4,
        patch_size=8,
        pos_grid=16,
        patch_embed='convstem',
        pos_resize='scale'),
    retriever=dict(
        type='wsss_plugins.PointRetriever',
        alpha=2,
        sinkhorn_rounds=3,
        tau_unit='uniform',
        tau_fg=.5,
        tau_bg=-.5,
        delta=8.,
        dropout=.5,
        layers=(-1, )),
    loss_mil=None,
    loss_point=dict(
        type='wsss_plugins.PointLoss', mil_weight=1., loss_weight=4.))
model_shortcuts = dict(
    extractor=('model.extractor.+init_cfg.type = Pretrained',
               'model.extractor.+init_cfg.prefix = student.backbone.',
               'model.extractor.+init_cfg.checkpoint'))
