# WSGCN-P on AffinityNet with EfficientNet-Lite2.
_base_ = [
    '../psa/aff_efficientnet-lite2_1xb8-500_voc12-256.py',
    '../_base_/models/wsgcn_p_cpu.py'
]
model = dict(
    walk_first=False,
    refiners=[dict(_base_.gcn_refiner, num_classes=_base_.num_classes)])
