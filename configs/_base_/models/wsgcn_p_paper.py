# WSGCN-P with the constants of wsgcn_i_paper.py.
_base_ = './wsgcn_p.py'
gcn_refiner = dict(
    loss=dict(entropy_mean='node', laplacian_on='prob'),
    laplacian=dict(var_rgb=6., var_xy=200., rgb_range=255.),
    softmax_again=False)
