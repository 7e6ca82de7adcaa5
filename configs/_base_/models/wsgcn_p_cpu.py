# WSGCN-P in seconds an image on a CPU: fewer epochs.
_base_ = './wsgcn_p.py'
gcn_refiner = dict(gcn=dict(epochs=100))
