# WSGCN-P in seconds an image on a CPU: fewer epochs; and, as in
# aff_efficientnet-lite2.py, a higher power for affinities of a short training.
_base_ = './wsgcn_p.py'
gcn_refiner = dict(graph=dict(beta=16), gcn=dict(epochs=100))
