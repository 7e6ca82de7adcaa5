# SEC without its constrain-to-boundary loss.
_base_ = './sec_efficientnet-lite2_1xb16-400_voc12-161.py'
model = dict(decode_head=dict(loss_constrain=None))
