# PASCAL VOC 2012 for IRNet: scales 0.5 to 1.5, crops of 512 with the mean
# color beside the image, labels sampled at stride 4.
_base_ = './voc12_affinity.py'
mean_bgr = (103.53, 116.28, 123.675)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='wsss_plugins.RandomRescale', min_factor=.5, max_factor=1.5),
    dict(type='RandomFlip', prob=.5),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=(512, 512),
        img_fill=mean_bgr),
    dict(type='wsss_plugins.MakeAffinityGrid', stride=4),
    dict(type='wsss_plugins.PackAffinityInputs')
]
train_dataloader = dict(
    batch_size=32,
    dataset=dict(
        data_prefix=dict(
            seg_map_path='./work_dirs/irn_voc12/labels_irn/files'),
        pipeline=train_pipeline))
test_dataloader = dict(
    dataset=dict(
        data_prefix=dict(cam_path='./work_dirs/irn_voc12/cam_cam/files')))
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoMaskWriter',
        out_dir='work_dirs/irn_voc12/masks_irn/files')
]
