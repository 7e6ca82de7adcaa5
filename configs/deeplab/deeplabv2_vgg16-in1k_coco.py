# EPS' stage 2 on COCO 2014: DeepLab V2, VGG16 from ImageNet. The paper gives
# no schedule for it; this is that of the common code base.
_base_ = './deeplabv2_vgg16-in1k_voc.py'
model = dict(decode_head=dict(num_classes=81))
max_iters = 50000
param_scheduler = [
    dict(
        type='PolyLR',
        power=.85,
        eta_min=0.,
        begin=0,
        end=max_iters + 1,
        by_epoch=False)
]
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
train_dataloader = dict(
    batch_size=20,
    dataset=dict(
        type='wsss_plugins.COCO14ImageLevelDataset',
        data_root='data/coco14',
        ann_file='train.txt',
        data_prefix=dict(
            img_path='train2014',
            seg_map_path='./work_dirs/eps_coco14/masks/files')))
_val = dict(
    type='wsss_plugins.COCO14ImageLevelDataset',
    data_root='data/coco14',
    ann_file='val.txt',
    data_prefix=dict(
        img_path='val2014', seg_map_path='SegmentationClass/val2014'))
val_dataloader = dict(dataset=_val)
test_dataloader = dict(dataset=_val)
