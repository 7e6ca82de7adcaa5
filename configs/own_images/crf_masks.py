# CAMs of own images to masks through a dense CRF.
_base_ = '../masks/make_masks_crf_voc12.py'
test_dataloader = dict(
    dataset=dict(label_file=_base_.label_file, allow_unlabeled=True))
