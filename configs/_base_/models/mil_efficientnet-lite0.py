_base_ = './mal_efficientnet-lite0.py'
model = dict(teacher=False, loss_crf=None)
custom_hooks = []
