# WSGCN-I on IRNet with ImageNet's MobileNetV2.
_base_ = [
    '../irn/irn_mobilenetv2_1xb8-400_voc12-256.py',
    '../_base_/models/wsgcn_i_cpu.py'
]
model = dict(
    walk_first=False,
    refiners=[dict(_base_.gcn_refiner, num_classes=_base_.num_classes)])
