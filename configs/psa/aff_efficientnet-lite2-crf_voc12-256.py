# The random walk of aff_efficientnet-lite2_1xb8-500_voc12-256.py, then a dense
# CRF.
_base_ = './aff_efficientnet-lite2_1xb8-500_voc12-256.py'
model = dict(refiners=[dict(type='wsss_plugins.FinalCRFRefiner')])
