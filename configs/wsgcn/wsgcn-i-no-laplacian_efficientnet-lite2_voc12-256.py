# Ablation: WSGCN-I without the Laplacian.
_base_ = './wsgcn-i_efficientnet-lite2_voc12-256.py'
_refiner = _base_.model.refiners[0]
_loss = dict(_refiner.loss, weight_lap=0.)
model = dict(refiners=[dict(_refiner, loss=_loss)])
