# A graph refiner for TinyVOC's 128 x 128 pictures and 8 classes. The pictures
# are small, so are the CRFs' distances.
_base_ = './wsgcn_i.py'
num_classes = 8
gcn_refiner = dict(
    num_classes=num_classes,
    outputs='present',
    gcn=dict(epochs=150),
    labels=dict(crf=dict(pos_sxy=2, bi_sxy=10, bi_srgb=5)),
    crf=dict(bi_sxy=20))
