_base_ = './cam_resnet38_1xb8-20k_voc12-448.py'
model = dict(
    backbone=dict(
        _delete_=True,
        type='wsss_plugins.DeepLabVGG16',
        init_cfg=dict(
            type='Pretrained', checkpoint='data/vgg16_imagenet.pth')),
    decode_head=dict(in_channels=512))
optim_wrapper = dict(optimizer=dict(lr=.001, momentum=.9))
