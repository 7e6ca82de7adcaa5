# Ablation: the transition to the power of 1.
_base_ = './exits_efficientnet-lite0_coco-256.py'
model = dict(retriever=dict(alpha=1))
