"""The paper's experiment on PASCAL VOC 2012: SC-CAM to DeepLab V2.

The first round clusters features of PSA's classifier, which is trained here
as well. PSA's affinity network learns from the CAMs and propagates them to
masks, and DeepLab V2 ResNet-101 learns from those, from ImageNet's weights
and from COCO's. The released code stops at the CAMs, so settings after them
are PSA's and DeepLab's own.
"""
from wsss_plugins.pipelines.stages import affinity, common, sub_categories

title = 'SC-CAM on PASCAL VOC 2012'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/sccam_voc12'
_baseline = 'configs/cam/cam_resnet38_1xb16-10k_voc12-448.py'
_cam_network = 'configs/sccam/sccam_resnet38_1xb16-81k_voc12-224.py'
_affinity = 'configs/psa/aff_resnet38_1xb8-11k_voc12-448.py'
_eval_masks = 'configs/masks/eval_masks_voc12.py'
_segmentors = dict(
    in1k='configs/deeplab/deeplabv2_r101_voc12-321.py',
    coco='configs/deeplab/deeplabv2_r101-coco_voc.py')

stages = [
    common.train_cam_network('cam', _baseline),
    common.write_cams('cam', _baseline),
    common.evaluate_cams('cam', 'configs/cam/eval_cams_voc12.py'),
    sub_categories.train_sub_categories('sccam', _cam_network, features='cam'),
    sub_categories.write_sub_category_cams('sccam', _cam_network),
    common.evaluate_cams('sccam', 'configs/sccam/eval_cams_sccam_voc12.py'),
    common.write_masks('crf', 'configs/masks/make_masks_crf_voc12.py',
                       'sccam'),
    common.evaluate_masks('crf', _eval_masks),
    affinity.write_affinity_labels('aff', 'configs/psa/make_labels_voc12.py',
                                   'sccam'),
    affinity.train_affinity_network('aff', _affinity),
    affinity.write_propagated_masks('aff', _affinity, 'sccam'),
    common.evaluate_masks('aff', _eval_masks),
]
for _name, _segmentor in _segmentors.items():
    stages += [
        common.train_segmentor(_name, _segmentor, 'aff'),
        common.test_segmentor(_name, _segmentor),
        common.test_segmentor(_name, _segmentor, tta=True),
    ]

report = dict(
    labels='{data_root}/image_labels.json',
    metrics=[
        *common.metric_rows(
            ('cam', 'sccam'),
            ('pseudo-mask mIoU at its own threshold', 'eval', 'mask/miou'),
            ('recall of objects there', 'eval', 'mask/recall'),
            ('precision there', 'eval', 'mask/precision'),
            ('pseudo-mask mIoU at the best threshold', 'eval',
             'cam/miou_best')),
        *common.metric_rows(
            ('crf', 'aff'),
            ('pseudo-mask mIoU', 'eval_masks', 'mask/miou')),
        *common.metric_rows(
            _segmentors,
            ('val mIoU (%) of DeepLab V2, one scale', 'seg', 'mIoU'),
            ('val mIoU (%) with scales and CRF', 'seg_tta', 'mIoU')),
    ],
    sub_categories=sub_categories.sub_category_groups(
        dict(sccam='SC-CAM'), num=8),
    samples=[
        dict(
            title='Training images',
            names='{data_root}/ImageSets/Segmentation/train.txt',
            num=16,
            columns=common.columns_of(
                ('image', 'image', '{data_root}/JPEGImages/{name}.jpg'),
                ('plain CAM', 'cam', '{cam_cam}/files/{name}.npz'),
                ('SC-CAM', 'cam', '{cam_sccam}/files/{name}.npz'),
                ('confident seeds', 'mask', '{labels_aff}/files/{name}.png'),
                ('mask of the random walk', 'mask',
                 '{masks_aff}/files/{name}.png'),
                ('ground truth', 'mask',
                 '{data_root}/SegmentationClass/{name}.png'))),
        dict(
            title='Validation images: the trained segmentors',
            names='{data_root}/ImageSets/Segmentation/val.txt',
            num=12,
            columns=common.columns_of(
                ('image', 'image', '{data_root}/JPEGImages/{name}.jpg'),
                ('from ImageNet', 'mask', '{seg_in1k}/files/{name}.png'),
                ('from COCO', 'mask', '{seg_coco}/files/{name}.png'),
                ('ground truth', 'mask',
                 '{data_root}/SegmentationClass/{name}.png')))
    ])
