# IRNet on own images. A dense CRF after its random walk made masks worse on
# photos (docs/results.md).
_base_ = '../irn/irn_efficientnet-lite2_1xb8-400_voc12-256.py'
train_dataloader = dict(
    dataset=dict(label_file=_base_.label_file, allow_unlabeled=True))
test_dataloader = dict(
    dataset=dict(label_file=_base_.label_file, allow_unlabeled=True))
