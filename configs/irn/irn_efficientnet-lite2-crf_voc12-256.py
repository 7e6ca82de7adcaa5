# The random walk of irn_efficientnet-lite2_1xb8-400_voc12-256.py, then a dense
# CRF.
_base_ = './irn_efficientnet-lite2_1xb8-400_voc12-256.py'
model = dict(refiners=[dict(type='wsss_plugins.FinalCRFRefiner')])
