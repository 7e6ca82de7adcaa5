# SEC's foreground network. Its solver is that of the segmentation network,
# with one step (the authors' answer on their issue tracker; the script was
# not released).
_base_ = [
    '../_base_/models/sec_cam_vgg16.py',
    '../_base_/datasets/voc12_image_level_321.py',
    '../_base_/schedules/sgd_step_sec.py', '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
param_scheduler = [
    dict(type='MultiStepLR', milestones=[4000], gamma=.1, by_epoch=False)
]
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=8000)
val_cfg = None
test_evaluator = [
    dict(
        type='wsss_plugins.CAMWriter',
        dtype='float32')
]
randomness = dict(seed=0)
