# CAMs of own images to PSA's affinity labels.
_base_ = '../psa/make_labels_voc12.py'
test_dataloader = dict(
    dataset=dict(label_file=_base_.label_file, allow_unlabeled=True))
