# IRNet on own images: CAM files after its random walk. A dense CRF after it
# made masks worse on photos (docs/results.md), and labels of pixels need no
# displacements.
_base_ = '../irn/irn_efficientnet-lite2_1xb8-400_voc12-256.py'
model = dict(decode_head=dict(displacement=False))
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
test_evaluator = [dict(type='wsss_plugins.CAMWriter')]
