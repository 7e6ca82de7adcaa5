# Stage 2 of PSA: DeepLab-LargeFOV, VGG16, on masks of its random walk.
_base_ = './deeplabv1_vgg16-in1k_voc.py'
mask_dir = _base_.work_root + '/aff_resnet38_1xb8-11k_voc12-448/files'
train_dataloader = dict(
    dataset=dict(data_prefix=dict(seg_map_path=mask_dir)))
