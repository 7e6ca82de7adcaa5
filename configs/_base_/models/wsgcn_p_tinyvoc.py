# As wsgcn_tinyvoc.py, for the affinities of AffinityNet.
_base_ = './wsgcn_tinyvoc.py'
gcn_refiner = dict(graph=dict(beta=8))
