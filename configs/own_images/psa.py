# PSA's AffinityNet on own images; its random walk ends in a dense CRF.
_base_ = '../psa/aff_efficientnet-lite2-crf_voc12-256.py'
# Objects of large photos are as large as the network and its walk expect, and
# cost no more.
shrink = dict(type='wsss_plugins.Rescale', factor=1., max_long=512)
train_pipeline = [
    *_base_.train_pipeline[:2], shrink, *_base_.train_pipeline[2:]
]
test_pipeline = [
    _base_.test_pipeline[0], shrink, *_base_.test_pipeline[1:]
]
train_dataloader = dict(
    dataset=dict(
        label_file=_base_.label_file,
        allow_unlabeled=True,
        pipeline=train_pipeline))
test_dataloader = dict(
    dataset=dict(
        label_file=_base_.label_file,
        allow_unlabeled=True,
        pipeline=test_pipeline))
