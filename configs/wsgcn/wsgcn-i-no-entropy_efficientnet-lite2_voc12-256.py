# Ablation: WSGCN-I without the entropy of unlabeled nodes.
_base_ = './wsgcn-i_efficientnet-lite2_voc12-256.py'
_refiner = _base_.model.refiners[0]
_loss = dict(_refiner.loss, weight_ent=0.)
model = dict(refiners=[dict(_refiner, loss=_loss)])
