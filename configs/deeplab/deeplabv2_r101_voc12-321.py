# EPS' stage 2: DeepLab V2, ResNet-101 from ImageNet, on pseudo masks.
_base_ = [
    '../_base_/models/deeplabv2_r101.py',
    '../_base_/datasets/voc12_pseudo_msc.py',
    '../_base_/schedules/sgd_poly_deeplab.py',
    '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
mask_dir = _base_.work_root + '/make_masks_voc12/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(seg_map_path=mask_dir)))
