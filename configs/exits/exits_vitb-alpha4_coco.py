# Ablation: the transition to the power of 4.
_base_ = './exits_vitb_coco.py'
model = dict(retriever=dict(alpha=4))
