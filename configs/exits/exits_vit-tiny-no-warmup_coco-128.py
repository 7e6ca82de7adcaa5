# Ablation: an extractor with random weights, as no mil run has trained it.
_base_ = './exits_vit-tiny_coco-128.py'
model = dict(extractor=dict(init_cfg=None))
model_shortcuts = dict(extractor=())
