# CAMs of own images from the names of their classes.
_base_ = '../clip_es/clip-es_vit-b16_voc12.py'
test_dataloader = dict(dataset=dict(allow_unlabeled=True))
