"""The paper's experiment on PASCAL VOC 2012: SC-CAM to DeepLab V2.

The first round clusters features of PSA's classifier, which is trained here
as well. PSA's affinity network learns from the class maps, walks them to
masks, and DeepLab V2 ResNet-101 learns from those, from ImageNet's weights
and from COCO's; its released code stops at the class maps, so settings after
them are PSA's and DeepLab's own.
"""
from wsss_plugins.pipelines.stages import affinity as walk, common as row

title = 'SC-CAM on PASCAL VOC 2012'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/sccam_voc12'
_baseline = 'configs/psa/cam_resnet38_1xb16-10k_voc12-448.py'
_cam_network = 'configs/sccam/sccam_resnet38_1xb16-81k_voc12-224.py'
_affinity = 'configs/psa/aff_resnet38_1xb8-11k_voc12-448.py'
_eval_masks = 'configs/eps/eval_masks_voc12.py'
_segmentors = dict(
    in1k='configs/eps/deeplabv2_voc.py',
    coco='configs/eps/deeplabv2_r101-coco_voc.py')

_train = row.train_cam_network('sccam', _cam_network)
_train['cfg_options']['custom_hooks.0.feature_checkpoint'] = '{train_cam}'
stages = [
    row.train_cam_network('cam', _baseline),
    row.write_cams('cam', _baseline),
    row.evaluate_cams('cam', 'configs/eps/eval_cams_voc12.py'),
    _train,
    row.write_cams('sccam', _cam_network),
    row.evaluate_cams('sccam', 'configs/sccam/eval_cams_sccam_voc12.py'),
    row.write_masks('crf', 'configs/eps/make_masks_crf_voc12.py', 'sccam'),
    row.evaluate_masks('crf', _eval_masks),
    walk.write_affinity_labels('aff', 'configs/psa/make_labels_voc12.py',
                               'sccam'),
    walk.train_affinity('aff', _affinity),
    walk.walk_masks('aff', _affinity, 'sccam'),
    row.evaluate_masks('aff', _eval_masks),
]
for _name, _segmentor in _segmentors.items():
    stages += [
        row.train_segmentor(_name, _segmentor, 'aff'),
        row.test_segmentor(_name, _segmentor),
        row.test_segmentor(_name, _segmentor, tta=True),
    ]

report = dict(
    labels='{data_root}/image_labels.json',
    metrics=[
        *row.metric_rows(
            ('cam', 'sccam'),
            ('pseudo-mask mIoU at its own threshold', 'eval', 'mask/miou'),
            ('recall of objects there', 'eval', 'mask/recall'),
            ('precision there', 'eval', 'mask/precision'),
            ('pseudo-mask mIoU at the best threshold', 'eval',
             'cam/miou_best')),
        *row.metric_rows(
            ('crf', 'aff'),
            ('pseudo-mask mIoU', 'eval_masks', 'mask/miou')),
        *row.metric_rows(
            _segmentors,
            ('val mIoU (%) of DeepLab V2, one scale', 'seg', 'mIoU'),
            ('val mIoU (%) with scales and CRF', 'seg_tta', 'mIoU')),
    ],
    sub_categories=[
        dict(
            title='SC-CAM',
            folder='{train_sccam}/sub_categories',
            images='{data_root}/JPEGImages/{name}.jpg',
            num=8)
    ],
    samples=[
        dict(
            title='Training pictures',
            names='{data_root}/ImageSets/Segmentation/train.txt',
            num=16,
            columns=row.columns_of(
                ('image', 'image', '{data_root}/JPEGImages/{name}.jpg'),
                ('plain CAM', 'cam', '{cam_cam}/files/{name}.npz'),
                ('SC-CAM', 'cam', '{cam_sccam}/files/{name}.npz'),
                ('sure pixels', 'mask', '{labels_aff}/files/{name}.png'),
                ('walked mask', 'mask', '{masks_aff}/files/{name}.png'),
                ('truth', 'mask',
                 '{data_root}/SegmentationClass/{name}.png'))),
        dict(
            title='Validation pictures: the trained segmentors',
            names='{data_root}/ImageSets/Segmentation/val.txt',
            num=12,
            columns=row.columns_of(
                ('image', 'image', '{data_root}/JPEGImages/{name}.jpg'),
                ('from ImageNet', 'mask', '{seg_in1k}/files/{name}.png'),
                ('from COCO', 'mask', '{seg_coco}/files/{name}.png'),
                ('truth', 'mask',
                 '{data_root}/SegmentationClass/{name}.png')))
    ])
