"""SC-CAM end to end on TinyVOC, beside a plain CAM on the same budget.

Sub-categories are clusters of the plain classifier's features; a network is
then trained from scratch. Also its mix with EPS, and CAMs merged from the
sub-categories instead of the classifier of classes. ``num_sub`` is K.
"""
from wsss_plugins.pipelines.stages import common, sub_categories

title = 'SC-CAM on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/sccam_tinyvoc'
num_sub = 10

_cam = 'configs/cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
_sub_networks = dict(
    sccam='configs/sccam/sccam_r18-small_1xb16-400_tinyvoc-128.py',
    sccam_eps='configs/sccam/sccam-eps_r18-small_1xb16-400_tinyvoc-128.py')
_segmented = ('cam', 'sccam')
_segmentor = 'configs/deeplab/deeplabv2_r18-small_tinyvoc.py'
_eval = 'configs/cam/eval_cams_tinyvoc.py'

stages = [
    common.run_tool(
        'data',
        'tools/dataset_converters/make_tinyvoc.py',
        '{data_root}',
        external=True),
    common.train_cam_network('cam', _cam),
    common.write_cams('cam', _cam),
    common.evaluate_cams('cam', _eval),
]
for _name, _config in _sub_networks.items():
    stages += [
        sub_categories.train_sub_categories(
            _name, _config, features='cam', num_sub='{num_sub}'),
        sub_categories.write_sub_category_cams(
            _name, _config, num_sub='{num_sub}'),
        common.evaluate_cams(_name, _eval),
    ]
stages += [
    sub_categories.write_sub_category_cams(
        'sccam', _sub_networks['sccam'], num_sub='{num_sub}', merged=True),
    common.evaluate_cams('sccam_sub', _eval),
]
for _name in _segmented:
    stages += [
        common.write_masks(_name, 'configs/masks/make_masks_tinyvoc.py'),
        common.train_segmentor(_name, _segmentor),
        common.test_segmentor(_name, _segmentor),
    ]

_image = ('image', 'image', '{data_root}/JPEGImages/{name}.jpg')
_truth = ('ground truth', 'mask', '{data_root}/SegmentationClass/{name}.png')
report = dict(
    labels='{data_root}/image_labels.json',
    metrics=[
        *common.metric_rows(
            ('cam', *_sub_networks, 'sccam_sub'),
            ('pseudo-mask mIoU at the best threshold', 'eval',
             'cam/miou_best'),
            ('recall of objects there', 'eval', 'cam/recall_best'),
            ('precision there', 'eval', 'cam/precision_best'),
            ('pseudo-mask mIoU at threshold 0.2', 'eval', 'mask/miou'),
            ('recall of objects at 0.2', 'eval', 'mask/recall'),
            ('precision at 0.2', 'eval', 'mask/precision')),
        *common.metric_rows(
            _segmented,
            ('val mIoU (%) of DeepLab V2 on its masks', 'seg', 'mIoU'))
    ],
    sub_categories=sub_categories.sub_category_groups(
        dict(sccam='SC-CAM', sccam_eps='SC-CAM and EPS')),
    samples=[
        dict(
            title='Training images: from image-level labels to pseudo masks',
            names='{data_root}/ImageSets/Segmentation/train.txt',
            num=12,
            columns=common.columns_of(
                _image, ('plain CAM', 'cam', '{cam_cam}/files/{name}.npz'),
                ('SC-CAM', 'cam', '{cam_sccam}/files/{name}.npz'),
                ('SC-CAM, merged', 'cam', '{cam_sccam_sub}/files/{name}.npz'),
                ('SC-CAM and EPS', 'cam', '{cam_sccam_eps}/files/{name}.npz'),
                ('SC-CAM mask', 'mask', '{masks_sccam}/files/{name}.png'),
                _truth)),
        dict(
            title='Validation images: the trained segmentors',
            names='{data_root}/ImageSets/Segmentation/val.txt',
            num=8,
            columns=common.columns_of(
                _image,
                ('from CAM masks', 'mask', '{seg_cam}/files/{name}.png'),
                ('from SC-CAM masks', 'mask', '{seg_sccam}/files/{name}.png'),
                _truth))
    ])
