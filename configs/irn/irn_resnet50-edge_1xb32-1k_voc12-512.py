# Boundaries only: 125 thousand weights, enough for semantic labels.
_base_ = './irn_resnet50_1xb32-1k_voc12-512.py'
model = dict(decode_head=dict(displacement=False))
