# Masks as they are, but for those that a person has corrected.
_base_ = ['../_base_/stages/make_masks.py', '../_base_/datasets/voc12.py']
corrections = None
mask_dir = _base_.work_root + '/make_masks_voc12/files'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadPseudoMask'),
    dict(type='wsss_plugins.TakeCorrection', folder=corrections),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(
    dataset=dict(
        type=_base_.dataset_type,
        data_root=_base_.data_root,
        label_file=_base_.label_file,
        ann_file=_base_.train_list,
        allow_unlabeled=True,
        data_prefix=dict(img_path=_base_.train_images, mask_path=mask_dir),
        pipeline=pipeline))
data_shortcuts = dict(
    corrections=('test_dataloader.dataset.pipeline.2.folder', ))
