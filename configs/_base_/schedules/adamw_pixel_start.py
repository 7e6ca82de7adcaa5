# A short fine-tuning from the convex fit of the classifier: it is at its
# optimum for the frozen backbone before the first step, so the small steps of
# the backbone are right for it, too.
_base_ = './adamw_poly_deeplab.py'
custom_hooks = [
    dict(type='wsss_plugins.PixelStartHook', scales=(384, )),
    dict(type='wsss_plugins.ChannelsLastHook')
]
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(decode_head=dict(lr_mult=1.))))
