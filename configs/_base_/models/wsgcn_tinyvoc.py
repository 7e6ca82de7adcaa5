# A GCN refiner for the 128 x 128 images and 8 classes of TinyVOC. The images
# are small, so are the distances of CRFs and the random walk. CAMs of a
# network trained from scratch are broad, so more grid locations may count as
# background. GCNs have few outputs, not 21: the mean of the entropy over them
# is greater, so its weight is lower.
_base_ = './wsgcn_i.py'
num_classes = 8
gcn_refiner = dict(
    num_classes=num_classes,
    outputs='present',
    graph=dict(steps=64),
    gcn=dict(epochs=150),
    loss=dict(weight_ent=1.),
    labels=dict(
        alpha_high=8,
        confidence=.6,
        crf=dict(pos_sxy=2, bi_sxy=10, bi_srgb=5)),
    crf=dict(bi_sxy=20))
