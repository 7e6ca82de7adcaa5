# Ablation: an extractor with random weights, as no mil run has trained it.
_base_ = './exits_vit-tiny_coco-128.py'
# Nothing to change: exits_vit-tiny_coco-128.py names no weights; without
# extractor=FILE it says so in the log.
