# With what the first release of the code sent through its CRF.
_base_ = './sec_vgg16_1xb15-8k_voc12-321.py'
model = dict(decode_head=dict(loss_constrain=dict(crf_grad='legacy_diag')))
