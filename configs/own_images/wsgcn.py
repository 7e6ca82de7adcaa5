# WSGCN-I on own images: a GCN of each image on IRNet's affinities.
_base_ = ['./irn.py', '../_base_/models/wsgcn_i_cpu.py']
test_evaluator = [dict(type='wsss_plugins.PseudoMaskWriter')]
model = dict(
    walk_first=False,
    refiners=[dict(_base_.gcn_refiner, num_classes=_base_.num_classes)])
