# IRNet on own images: CAM files after its random walk. A dense CRF after it
# made masks worse on photos (docs/results.md), and labels of pixels need no
# displacements.
_base_ = '../irn/irn_efficientnet-lite2_1xb8-400_voc12-256.py'
model = dict(decode_head=dict(displacement=False))
train_dataloader = dict(
    dataset=dict(label_file=_base_.label_file, allow_unlabeled=True))
test_dataloader = dict(
    dataset=dict(label_file=_base_.label_file, allow_unlabeled=True))
test_evaluator = [dict(type='wsss_plugins.CAMWriter')]
