# Without the reference's optimizer slip: SGD with a momentum of 0.9, and a
# tenth of the rate, which is as far a step.
_base_ = './aff_resnet38_1xb8-11k_voc12-448.py'
optim_wrapper = dict(optimizer=dict(lr=.01, momentum=.9))
