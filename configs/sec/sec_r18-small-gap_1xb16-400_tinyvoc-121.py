# SEC with global average pooling.
_base_ = './sec_r18-small_1xb16-400_tinyvoc-121.py'
model = dict(
    decode_head=dict(
        loss_expand=dict(decay_present=1., decay_background=1.)))
