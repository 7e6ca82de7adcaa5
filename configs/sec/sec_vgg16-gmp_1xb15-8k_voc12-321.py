# SEC with global maximum pooling.
_base_ = './sec_vgg16_1xb15-8k_voc12-321.py'
model = dict(
    decode_head=dict(
        loss_expand=dict(decay_present=0., decay_background=0.)))
