# WSGCN-I in seconds an image on a CPU: no matrix of the 11750 nodes of a VOC
# image but a shorter random walk for each product, and fewer epochs on
# features of unit size. More of the grid counts as background, see the README.
_base_ = './wsgcn_i.py'
gcn_refiner = dict(
    graph=dict(dense_nodes=4000, storage='walk', steps=32),
    gcn=dict(epochs=50, features='unit'),
    labels=dict(alpha_high=8))
