"""SC-CAM end to end on TinyVOC, beside a plain CAM on the same budget.

Sub-categories are clusters of the plain classifier's features; training then
begins from nothing. Also its mix with EPS, and class maps merged from the
sub-categories instead of the classifier of classes. ``num_sub`` is K.
"""
from wsss_plugins.pipelines.stages import common as row

title = 'SC-CAM on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/sccam_tinyvoc'
num_sub = 10

_cam_networks = dict(
    cam='configs/eps/cam_r18-small_1xb16-400_tinyvoc-128.py',
    sccam='configs/sccam/sccam_r18-small_1xb16-400_tinyvoc-128.py',
    sccam_eps='configs/sccam/sccam-eps_r18-small_1xb16-400_tinyvoc-128.py')
_segmented = ('cam', 'sccam')
_segmentor = 'configs/eps/deeplabv2_r18-small_tinyvoc.py'
_eval = 'configs/eps/eval_cams_tinyvoc.py'
_sub_maps = {'model.type': 'wsss_plugins.SubCategoryCAMSegmentor'}


def _with(stage, **changes):
    stage['cfg_options'].update(changes.pop('cfg_options', {}))
    stage.update(changes)
    return stage


stages = [
    dict(
        name='data',
        kind='tool',
        script='tools/dataset_converters/make_tinyvoc.py',
        args=['{data_root}'],
        external=True)
]
for _name, _config in _cam_networks.items():
    _options, _features = {}, {}
    if _name != 'cam':
        _options = {'model.decode_head.num_sub': '{num_sub}'}
        _features = {'custom_hooks.0.feature_checkpoint': '{train_cam}'}
    stages += [
        _with(
            row.train_cam_network(_name, _config),
            cfg_options={**_options, **_features}),
        _with(row.write_cams(_name, _config), cfg_options=_options),
        row.evaluate_cams(_name, _eval),
    ]
stages += [
    _with(
        row.write_cams('sccam', _cam_networks['sccam']),
        name='cam_sccam_sub',
        cfg_options={'model.decode_head.num_sub': '{num_sub}', **_sub_maps}),
    row.evaluate_cams('sccam_sub', _eval),
]
for _name in _segmented:
    stages += [
        row.write_masks(_name, 'configs/eps/make_masks_tinyvoc.py'),
        row.train_segmentor(_name, _segmentor),
        row.test_segmentor(_name, _segmentor),
    ]

_image = ('image', 'image', '{data_root}/JPEGImages/{name}.jpg')
_truth = ('truth', 'mask', '{data_root}/SegmentationClass/{name}.png')
report = dict(
    labels='{data_root}/image_labels.json',
    metrics=[
        *row.metric_rows(
            (*_cam_networks, 'sccam_sub'),
            ('pseudo-mask mIoU at the best threshold', 'eval',
             'cam/miou_best'),
            ('recall of objects there', 'eval', 'cam/recall_best'),
            ('precision there', 'eval', 'cam/precision_best'),
            ('pseudo-mask mIoU at threshold 0.2', 'eval', 'mask/miou'),
            ('recall of objects at 0.2', 'eval', 'mask/recall'),
            ('precision at 0.2', 'eval', 'mask/precision')),
        *row.metric_rows(
            _segmented,
            ('val mIoU (%) of DeepLab V2 on its masks', 'seg', 'mIoU'))
    ],
    sub_categories=[
        dict(
            title=_title,
            folder=f'{{train_{_name}}}/sub_categories',
            images='{data_root}/JPEGImages/{name}.jpg')
        for _name, _title in (('sccam', 'SC-CAM'), ('sccam_eps',
                                                    'SC-CAM and EPS'))
    ],
    samples=[
        dict(
            title='Training pictures: from tags to pseudo masks',
            names='{data_root}/ImageSets/Segmentation/train.txt',
            num=12,
            columns=row.columns_of(
                _image,
                ('plain CAM', 'cam', '{cam_cam}/files/{name}.npz'),
                ('SC-CAM', 'cam', '{cam_sccam}/files/{name}.npz'),
                ('SC-CAM, merged', 'cam', '{cam_sccam_sub}/files/{name}.npz'),
                ('SC-CAM and EPS', 'cam', '{cam_sccam_eps}/files/{name}.npz'),
                ('SC-CAM mask', 'mask', '{masks_sccam}/files/{name}.png'),
                _truth)),
        dict(
            title='Validation pictures: the trained segmentors',
            names='{data_root}/ImageSets/Segmentation/val.txt',
            num=8,
            columns=row.columns_of(
                _image,
                ('from CAM masks', 'mask', '{seg_cam}/files/{name}.png'),
                ('from SC-CAM masks', 'mask', '{seg_sccam}/files/{name}.png'),
                _truth))
    ])
