# Ablation: no dropout of retrieved points.
_base_ = './exits_vitb_coco.py'
model = dict(retriever=dict(dropout=0.))
