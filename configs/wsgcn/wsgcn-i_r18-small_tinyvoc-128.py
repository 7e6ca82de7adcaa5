# WSGCN-I on TinyVOC's IRNet.
_base_ = [
    '../irn/irn_r18-small_1xb16-300_tinyvoc-128.py',
    '../_base_/models/wsgcn_tinyvoc.py'
]
model = dict(walk_first=False, refiners=[_base_.gcn_refiner])
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoMaskWriter',
        out_dir='work_dirs/wsgcn_tinyvoc/masks_gcn_i/files')
]
