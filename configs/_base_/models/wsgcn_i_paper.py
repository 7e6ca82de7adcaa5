# WSGCN-I as the paper's formulas read: the Laplacian on probabilities with
# twice the squares of sigma = sqrt(3) and 10, the entropy as a mean over
# nodes, and a CRF that starts from the probabilities.
_base_ = './wsgcn_i.py'
gcn_refiner = dict(
    loss=dict(entropy_mean='node', laplacian_on='prob'),
    laplacian=dict(var_rgb=6., var_xy=200., rgb_range=255.),
    softmax_again=False)
