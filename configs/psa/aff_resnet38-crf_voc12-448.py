# The random walk, then a dense CRF on its scores, as the paper's last step;
# weights are those of aff_resnet38_1xb8-11k_voc12-448.py. unary='labels'
# starts the CRF from the labels of the random walk instead.
_base_ = './aff_resnet38_1xb8-11k_voc12-448.py'
model = dict(refiners=[dict(type='wsss_plugins.FinalCRFRefiner')])
