# PSA's schedule for some hundred iterations. With the references' momentum of
# 5e-4 a head at this learning rate stays near its start for so short a
# training, so momentum is what the option is usually meant to be.
_base_ = './sgd_poly_psa.py'
optim_wrapper = dict(optimizer=dict(momentum=.9))
