# Stock SegFormer-B0 on the pseudo masks of EPS.
_base_ = [
    'mmseg::_base_/models/segformer_mit-b0.py',
    '../../../configs/_base_/datasets/voc12_pseudo.py',
    '../../../configs/_base_/schedules/sgd_poly_deeplab.py',
    '../../../configs/_base_/default_runtime.py'
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes))
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=6e-5, weight_decay=.01),
    paramwise_cfg=dict(
        norm_decay_mult=0., custom_keys=dict(head=dict(lr_mult=10.))))
mask_dir = _base_.work_root + '/make_masks_voc12/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(seg_map_path=mask_dir)))
shortcuts = dict(weights=('model.pretrained', ))
