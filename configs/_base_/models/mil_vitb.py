# The similarity extractor of EXITS: MAL without a mean field or a teacher.
_base_ = './mal_vitb.py'
model = dict(teacher=False, loss_crf=None)
custom_hooks = []
