# Ablation: WSGCN-I with one mean over all labeled nodes, foreground or
# background.
_base_ = './wsgcn-i_efficientnet-lite2_voc12-256.py'
_refiner = _base_.model.refiners[0]
_loss = dict(_refiner.loss, split=False)
model = dict(refiners=[dict(_refiner, loss=_loss)])
