# Upper bound of any retrieval: all patches of the box by their ground truth.
# The file of the objects must keep the masks (extreme_points.py without
# --strip-masks).
_base_ = './exits_efficientnet-lite0_coco-256.py'
model = dict(retriever=dict(source='truth'))
train_dataloader = dict(dataset=dict(keep_masks=True))
