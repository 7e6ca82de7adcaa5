# WSGCN-P: a GCN for each image, on AffinityNet's affinities. The
# weights are those of the AffinityNet config.
_base_ = [
    '../psa/aff_resnet38_1xb8-11k_voc12-448.py', '../_base_/models/wsgcn_p.py'
]
# The GCNs of a batch train together, which is faster on a GPU; images have one
# size, because a GCN sees the padding of the others.
test_dataloader = dict(
    batch_size=16,
    batch_sampler=dict(type='wsss_plugins.SameSizeBatchSampler'))
model = dict(
    walk_first=False,
    refiners=[dict(_base_.gcn_refiner, num_classes=_base_.num_classes)])
