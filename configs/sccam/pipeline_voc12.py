"""The paper's experiment on PASCAL VOC 2012: SC-CAM to DeepLab V2.

The first round clusters features of PSA's classifier, which is trained here
as well. Masks are class maps after a dense CRF; PSA's random walk goes
between the class maps and the masks.
"""
from wsss_plugins.apis import stages as row

title = 'SC-CAM on PASCAL VOC 2012'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/sccam_voc12'
_baseline = 'configs/sccam/cam_resnet38_1xb16-10k_voc12-448.py'
_localiser = 'configs/sccam/sccam_resnet38_1xb16-81k_voc12-224.py'
_segmentors = dict(
    sccam='configs/eps/deeplabv2_voc.py',
    sccam_coco='configs/eps/deeplabv2_r101-coco_voc.py')

_train = row.train_localiser('sccam', _localiser)
_train['cfg_options']['custom_hooks.0.feature_checkpoint'] = '{train_cam}'
stages = [
    row.train_localiser('cam', _baseline),
    row.write_cams('cam', _baseline),
    row.measure_cams('cam', 'configs/eps/eval_cams_voc12.py'),
    _train,
    row.write_cams('sccam', _localiser),
    row.measure_cams('sccam', 'configs/sccam/eval_cams_voc12.py'),
    row.write_masks('sccam', 'configs/sccam/make_masks_crf_voc12.py'),
]
for _name, _segmentor in _segmentors.items():
    stages += [
        row.train_segmentor(_name, _segmentor, 'sccam'),
        row.test_segmentor(_name, _segmentor),
        row.test_segmentor(_name, _segmentor, tta=True),
    ]

report = dict(
    labels='{data_root}/image_labels.json',
    metrics=row.metric_rows(
        ('cam', 'sccam'),
        ('pseudo-mask mIoU at its own threshold', 'eval', 'mask/miou'),
        ('recall of objects there', 'eval', 'mask/recall'),
        ('pseudo-mask mIoU at the best threshold', 'eval', 'cam/miou_best')),
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
                ('pseudo mask', 'mask', '{masks_sccam}/files/{name}.png'),
                ('truth', 'mask',
                 '{data_root}/SegmentationClass/{name}.png')))
    ])
