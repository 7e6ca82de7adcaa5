# Stage 2 of IRNet: DeepLab V2, ResNet-50, on masks of the random walk.
_base_ = [
    '../_base_/models/deeplabv2_r50.py', '../_base_/datasets/voc12_pseudo.py',
    '../_base_/schedules/sgd_poly_deeplab.py', '../_base_/default_runtime.py'
]
train_dataloader = dict(
    dataset=dict(
        data_prefix=dict(
            seg_map_path='./work_dirs/irn_voc12/masks_irn/files')))
