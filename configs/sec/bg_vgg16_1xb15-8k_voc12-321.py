# SEC's background network: plain VGG16 with two layers of 1024 units.
_base_ = './fg_vgg16_1xb15-8k_voc12-321.py'
model = dict(
    backbone=dict(strides=(2, 2, 2, 2, 2)),
    decode_head=dict(
        type='wsss_plugins.FCClassifierHead', in_size=(11, 11)))
