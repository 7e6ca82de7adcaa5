# Without the reference's border defect: every pixel of the feature map trains
# and walks with all its partners.
_base_ = './aff_resnet38_1xb8-11k_voc12-448.py'
model = dict(border='padded', decode_head=dict(border='padded'))
