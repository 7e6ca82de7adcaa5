# WSGCN-P: a graph network for each image, on AffinityNet's affinities. The
# weights are those of the AffinityNet config.
_base_ = [
    '../psa/aff_resnet38_1xb8-11k_voc12-448.py', '../_base_/models/wsgcn_p.py'
]
# Graph networks of a batch train together, which pays on a GPU; images of one
# size, because a network sees the padding of others.
test_dataloader = dict(
    batch_size=16,
    batch_sampler=dict(type='wsss_plugins.SameSizeBatchSampler'))
model = dict(walk_first=False, refiners=[_base_.gcn_refiner])
test_evaluator = [
    dict(
        type='wsss_plugins.PseudoMaskWriter',
        out_dir='work_dirs/wsgcn_voc12/masks_gcn_p/files')
]
