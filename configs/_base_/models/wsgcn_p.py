# The GCN refiner of WSGCN-P: AffinityNet's affinities and features at
# stride 8, with labels found at the size of the image. The authors never
# released it; numbers are those of their development code.
_base_ = './wsgcn_i.py'
gcn_refiner = dict(
    graph=dict(beta=8),
    labels=dict(
        scale='image',
        crf=dict(pos_sxy=3, bi_sxy=80, bi_srgb=13)),
    gcn=dict(hidden=40))
