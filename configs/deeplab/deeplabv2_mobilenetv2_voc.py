# Stage 2 on ImageNet's MobileNetV2, short enough for a CPU.
_base_ = [
    '../_base_/models/deeplabv2_mobilenetv2.py',
    '../_base_/datasets/voc12_pseudo_small.py',
    '../_base_/schedules/adamw_poly_deeplab.py', '../_base_/default_runtime.py'
]
model = dict(decode_head=dict(num_classes=_base_.num_classes))
mask_dir = _base_.work_root + '/make_masks_voc12/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(seg_map_path=mask_dir)))
randomness = dict(seed=0)
