# SEC with global average pooling.
_base_ = './sec_vgg16_1xb15-8k_voc12-321.py'
model = dict(
    decode_head=dict(
        loss_expand=dict(decay_present=1., decay_background=1.)))
