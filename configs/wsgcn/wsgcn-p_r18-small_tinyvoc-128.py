# WSGCN-P on TinyVOC's AffinityNet.
_base_ = [
    '../psa/aff_r18-small_1xb16-300_tinyvoc-128.py',
    '../_base_/models/wsgcn_p_tinyvoc.py'
]
model = dict(
    walk_first=False,
    refiners=[dict(_base_.gcn_refiner, num_classes=_base_.num_classes)])
