# WSGCN-I as the paper's formulas read.
_base_ = [
    '../irn/irn_resnet50_1xb32-1k_voc12-512.py',
    '../_base_/models/wsgcn_i_paper.py'
]
# Graph networks of a batch train together, which pays on a GPU; images of one
# size, because a network sees the padding of others.
test_dataloader = dict(
    batch_size=16,
    batch_sampler=dict(type='wsss_plugins.SameSizeBatchSampler'))
model = dict(
    walk_first=False,
    refiners=[dict(_base_.gcn_refiner, num_classes=_base_.num_classes)])
