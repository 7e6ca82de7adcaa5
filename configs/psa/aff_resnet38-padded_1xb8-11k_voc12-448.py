# Without the reference's border defect: every grid location uses all its
# neighbors, in training and in the random walk.
_base_ = './aff_resnet38_1xb8-11k_voc12-448.py'
model = dict(border='padded', decode_head=dict(border='padded'))
