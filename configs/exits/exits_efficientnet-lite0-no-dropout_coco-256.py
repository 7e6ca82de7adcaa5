# Ablation: no dropout of retrieved points.
_base_ = './exits_efficientnet-lite0_coco-256.py'
model = dict(retriever=dict(dropout=0.))
