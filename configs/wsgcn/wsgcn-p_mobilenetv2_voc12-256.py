# WSGCN-P on AffinityNet with ImageNet's MobileNetV2.
_base_ = [
    '../psa/aff_mobilenetv2_1xb8-500_voc12-256.py',
    '../_base_/models/wsgcn_p_cpu.py'
]
model = dict(
    walk_first=False,
    refiners=[dict(_base_.gcn_refiner, num_classes=_base_.num_classes)])
