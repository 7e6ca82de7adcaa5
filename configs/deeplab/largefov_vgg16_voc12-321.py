# Stage 2 of PSA: DeepLab-LargeFOV, VGG16, on masks of the random walk.
_base_ = './deeplabv1_vgg16-in1k_voc.py'
train_dataloader = dict(
    dataset=dict(
        data_prefix=dict(
            seg_map_path='./work_dirs/psa_voc12/masks_aff/files')))
