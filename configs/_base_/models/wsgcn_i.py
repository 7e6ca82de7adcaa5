# The GCN refiner of WSGCN-I: IRNet's affinities and edge features at stride
# 4. Every number is the released code's; see configs/wsgcn/README.md.
gcn_refiner = dict(
    type='wsss_plugins.GCNRefiner',
    graph=dict(
        radius=5, beta=10, steps=256, symmetrize='max', normalize='row'),
    labels=dict(
        ratio=.3,
        confidence=.8,
        floor=.1,
        alpha_low=4,
        alpha_high=32,
        scale='grid',
        crf=dict(pos_sxy=4, pos_compat=3, bi_sxy=20, bi_srgb=3, bi_compat=10),
        vote=True),
    gcn=dict(hidden=16, dropout=.3, lr=.01, weight_decay=5e-4, epochs=250),
    loss=dict(
        type='wsss_plugins.GCNLoss',
        weight_fg=1.,
        weight_bg=1.,
        weight_ent=10.,
        weight_lap=.01,
        entropy_mean='channel',
        laplacian_on='logprob',
        empty='zero'),
    laplacian=dict(window=5, var_rgb=12., var_xy=20., rgb_range=1.),
    outputs='all',
    classes='present',
    align_corners=True,
    softmax_again=True,
    crf=dict(pos_sxy=3, pos_compat=3, bi_sxy=50, bi_srgb=5, bi_compat=3),
    seed=42,
    seed_by_name=True)
