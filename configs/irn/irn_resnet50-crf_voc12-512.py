# The random walk, then a dense CRF on its scores, which the reference does not
# have; weights are those of irn_resnet50_1xb32-1k_voc12-512.py.
_base_ = './irn_resnet50_1xb32-1k_voc12-512.py'
model = dict(refiners=[dict(type='wsss_plugins.FinalCRFRefiner')])
