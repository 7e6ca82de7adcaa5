# Labels as PSA's code makes them: CRF scores are cropped, averaged over grid
# locations, then compared. Needs the scores of psa/make_scores_low_voc12.py
# and psa/make_scores_high_voc12.py, some hundred times as large as masks.
_base_ = './aff_resnet38_1xb8-11k_voc12-448.py'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.LoadAffinityScores'),
    dict(
        type='wsss_plugins.ColorJitter',
        brightness=.3,
        contrast=.3,
        saturation=.3,
        hue=.1),
    dict(
        type='wsss_plugins.RandomPlaceCrop',
        crop_size=_base_.crop_size,
        img_fill=(0, 0, 0)),
    dict(type='RandomFlip', prob=.5),
    dict(type='wsss_plugins.MakeAffinityGrid', stride=8),
    dict(type='wsss_plugins.PackAffinityInputs')
]
train_dataloader = dict(
    dataset=dict(
        map_suffix=dict(low_path='.npz', high_path='.npz'),
        data_prefix=dict(
            _delete_=True,
            img_path=_base_.train_images,
            low_path=_base_.work_root + '/make_scores_low_voc12/files',
            high_path=_base_.work_root + '/make_scores_high_voc12/files'),
        pipeline=train_pipeline))
