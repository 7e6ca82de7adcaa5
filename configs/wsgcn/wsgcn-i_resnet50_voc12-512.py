# WSGCN-I: a GCN for each image, on the boundaries of IRNet; numbers
# of the released code. The weights are those of the IRNet config.
_base_ = [
    '../irn/irn_resnet50_1xb32-1k_voc12-512.py', '../_base_/models/wsgcn_i.py'
]
# The GCNs of a batch train together, which is faster on a GPU; images have one
# size, because a GCN sees the padding of the others.
test_dataloader = dict(
    batch_size=16,
    batch_sampler=dict(type='wsss_plugins.SameSizeBatchSampler'))
model = dict(
    walk_first=False,
    refiners=[dict(_base_.gcn_refiner, num_classes=_base_.num_classes)])
