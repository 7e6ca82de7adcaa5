# PSA's AffinityNet on own images; its random walk ends in a dense CRF.
_base_ = '../psa/aff_efficientnet-lite2-crf_voc12-256.py'
train_dataloader = dict(
    dataset=dict(label_file=_base_.label_file, allow_unlabeled=True))
test_dataloader = dict(
    dataset=dict(label_file=_base_.label_file, allow_unlabeled=True))
