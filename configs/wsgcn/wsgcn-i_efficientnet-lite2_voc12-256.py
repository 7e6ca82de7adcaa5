# WSGCN-I on IRNet with EfficientNet-Lite2.
_base_ = [
    '../irn/irn_efficientnet-lite2_1xb8-400_voc12-256.py',
    '../_base_/models/wsgcn_i_cpu.py'
]
model = dict(
    walk_first=False,
    refiners=[dict(_base_.gcn_refiner, num_classes=_base_.num_classes)])
