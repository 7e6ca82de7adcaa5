# Ablation: every class of the image explains the salient side.
_base_ = './eps_resnet38_1xb8-20k_voc12-448.py'
model = dict(decode_head=dict(loss_sal=dict(selection='naive')))
