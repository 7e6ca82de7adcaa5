# A graph refiner for TinyVOC's 128 x 128 images and 8 classes. The images are
# small, so are the distances of CRFs and the random walk. CAMs of a network
# trained from scratch are broad, so more of the grid may count as background.
# Networks have few outputs,
# not 21: the mean of the entropy over them is greater, so its weight is less.
_base_ = './wsgcn_i.py'
gcn_refiner = dict(
    outputs='present',
    graph=dict(steps=64),
    gcn=dict(epochs=150),
    loss=dict(weight_ent=1.),
    labels=dict(
        alpha_high=8,
        confidence=.6,
        crf=dict(pos_sxy=2, bi_sxy=10, bi_srgb=5)),
    crf=dict(bi_sxy=20))
