# As wsgcn-i-paper_resnet50_voc12-512.py, with colors in [0, 1] in the
# Laplacian, the other reading of the paper's sigma.
_base_ = './wsgcn-i-paper_resnet50_voc12-512.py'
_refiner = _base_.model.refiners[0]
_laplacian = dict(_refiner.laplacian, rgb_range=1.)
model = dict(refiners=[dict(_refiner, laplacian=_laplacian)])
