# WSGCN-I on own images: a graph network of each image on IRNet's affinities.
_base_ = ['./irn.py', '../_base_/models/wsgcn_i_cpu.py']
# Masks have the size that the image has here.
test_pipeline = [_base_.test_pipeline[0], *_base_.test_pipeline[2:]]
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = [dict(type='wsss_plugins.PseudoMaskWriter')]
model = dict(
    walk_first=False,
    refiners=[dict(_base_.gcn_refiner, num_classes=_base_.num_classes)])
