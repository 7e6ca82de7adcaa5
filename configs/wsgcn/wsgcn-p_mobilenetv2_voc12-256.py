# WSGCN-P on AffinityNet with ImageNet's MobileNetV2.
_base_ = [
    '../psa/aff_mobilenetv2_1xb8-500_voc12-256.py',
    '../_base_/models/wsgcn_p_cpu.py'
]
model = dict(walk_first=False, refiners=[_base_.gcn_refiner])
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoMaskWriter',
        out_dir='work_dirs/wsgcn_voc12mini/masks_gcn_p/files')
]
