# PSA's AffinityNet on own images, on EfficientNet-Lite2; its random walk
# ends in a dense CRF.
_base_ = '../psa/aff_mobilenetv2_1xb8-500_voc12-256.py'
model = dict(
    data_preprocessor=dict(mean=[127., 127., 127.], std=[128., 128., 128.]),
    backbone=dict(
        _delete_=True,
        type='wsss_plugins.EfficientNetLite',
        arch='lite2',
        output_stride=16,
        # Strides 8, 16, and what ImageNet's classifier reads.
        out_indices=(3, 5, 8),
        norm_cfg=dict(
            type='BN', eps=1e-3, momentum=.01, requires_grad=False),
        norm_eval=True,
        init_cfg=dict(type='Pretrained', checkpoint='efficientnet-lite2')),
    decode_head=dict(in_channels=[48, 120, 1280]),
    refiners=[dict(type='wsss_plugins.FinalCRFRefiner')])
train_dataloader = dict(
    dataset=dict(label_file=_base_.label_file, allow_unlabeled=True))
test_dataloader = dict(
    dataset=dict(label_file=_base_.label_file, allow_unlabeled=True))
