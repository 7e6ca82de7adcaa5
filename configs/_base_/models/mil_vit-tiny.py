_base_ = './mal_vit-tiny.py'
model = dict(teacher=False, loss_crf=None)
custom_hooks = []
