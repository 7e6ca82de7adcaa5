# A mix that no paper has: SC-CAM's classifier of sub-categories beside
# that of EPS.
_base_ = '../eps/eps_resnet38_1xb8-20k_voc12-448.py'
epoch = 10582 // 16
max_iters = 61 * epoch
model = dict(
    decode_head=dict(
        _delete_=True,
        type='wsss_plugins.SubCategoryHead',
        num_sub=10,
        parent=dict(
            type='wsss_plugins.EPSHead',
            in_channels=4096,
            num_classes=_base_.num_classes,
            loss_sal=dict(type='wsss_plugins.EPSLoss', tau=.4, lam=.5)),
        loss_sub=dict(type='wsss_plugins.SubCategoryLoss', loss_weight=5.)))
train_dataloader = dict(batch_size=16)
param_scheduler = [
    dict(
        type='PolyLR',
        power=.9,
        eta_min=0.,
        begin=0,
        end=max_iters + 1,
        by_epoch=False)
]
train_cfg = dict(max_iters=max_iters)
custom_hooks = [
    dict(
        type='wsss_plugins.SubCategoryClusteringHook',
        begins=[15 * epoch, 30 * epoch, 45 * epoch],
        restart='sub_head')
]
randomness = dict(seed=0)
shortcuts = dict(num_sub=('model.decode_head.num_sub', ))
