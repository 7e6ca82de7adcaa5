# For a backbone with weights of its own: a tenth of the rate of
# exits_adamw_small.py for it, all of it for the decoder.
_base_ = './exits_adamw_small.py'
optim_wrapper = dict(
    optimizer=dict(lr=1e-4),
    paramwise_cfg=dict(custom_keys=dict(decode_head=dict(lr_mult=10.))))
