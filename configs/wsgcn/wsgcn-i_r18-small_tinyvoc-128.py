# WSGCN-I on TinyVOC's IRNet.
_base_ = [
    '../irn/irn_r18-small_1xb16-300_tinyvoc-128.py',
    '../_base_/models/wsgcn_tinyvoc.py'
]
model = dict(
    walk_first=False,
    refiners=[dict(_base_.gcn_refiner, num_classes=_base_.num_classes)])
