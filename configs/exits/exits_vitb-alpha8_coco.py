# Ablation: the transition to the power of 8.
_base_ = './exits_vitb_coco.py'
model = dict(retriever=dict(alpha=8))
