# Stage 2 of IRNet: DeepLab V2, ResNet-50, on IRNet's masks.
_base_ = [
    '../_base_/models/deeplabv2_r50.py',
    '../_base_/datasets/voc12_pseudo_msc.py',
    '../_base_/schedules/sgd_poly_deeplab.py',
    '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
mask_dir = _base_.work_root + '/irn_resnet50_1xb32-1k_voc12-512/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(seg_map_path=mask_dir)))
