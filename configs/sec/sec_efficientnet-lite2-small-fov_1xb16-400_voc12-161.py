# Ablation: a small field of view, fc6 of 1x1.
_base_ = './sec_efficientnet-lite2_1xb16-400_voc12-161.py'
model = dict(decode_head=dict(kernel_size=1, dilation=1))
