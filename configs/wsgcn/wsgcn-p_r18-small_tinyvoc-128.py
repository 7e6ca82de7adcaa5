# WSGCN-P on TinyVOC's AffinityNet.
_base_ = [
    '../psa/aff_r18-small_1xb16-300_tinyvoc-128.py',
    '../_base_/models/wsgcn_p_tinyvoc.py'
]
model = dict(walk_first=False, refiners=[_base_.gcn_refiner])
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoMaskWriter',
        out_dir='work_dirs/wsgcn_tinyvoc/masks_gcn_p/files')
]
