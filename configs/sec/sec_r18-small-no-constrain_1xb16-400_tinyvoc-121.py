# SEC without its constrain-to-boundary loss.
_base_ = './sec_r18-small_1xb16-400_tinyvoc-121.py'
model = dict(decode_head=dict(loss_constrain=None))
