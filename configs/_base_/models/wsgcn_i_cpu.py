# WSGCN-I in seconds per image on a CPU: no matrix over the 11750 grid
# locations of an image but a shorter random walk for each product, and fewer
# epochs.
_base_ = './wsgcn_i.py'
gcn_refiner = dict(
    graph=dict(dense_nodes=4000, storage='walk', steps=32),
    gcn=dict(epochs=50))
