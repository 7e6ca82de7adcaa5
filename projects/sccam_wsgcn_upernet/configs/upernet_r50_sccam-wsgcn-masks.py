# Stock UPerNet on masks from CAMs of SC-CAM, refined by WSGCN.
_base_ = [
    'mmseg::_base_/models/upernet_r50.py',
    '../../../configs/_base_/datasets/voc12_pseudo.py',
    '../../../configs/_base_/schedules/sgd_poly_deeplab.py',
    '../../../configs/_base_/default_runtime.py'
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes),
    auxiliary_head=dict(num_classes=_base_.num_classes))
mask_dir = _base_.work_root + '/wsgcn-i_resnet50_voc12-512/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(seg_map_path=mask_dir)))
shortcuts = dict(weights=('model.pretrained', ))
