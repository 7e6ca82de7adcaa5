"""EPS end to end on TinyVOC, beside a plain CAM on the same schedule."""
from wsss_plugins.pipelines.stages import common

title = 'EPS on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/eps_tinyvoc'

_cam_networks = dict(
    cam='configs/cam/cam_r18-small_1xb16-400_tinyvoc-128.py',
    eps='configs/eps/eps_r18-small_1xb16-400_tinyvoc-128.py')
_segmentor = 'configs/deeplab/deeplabv2_r18-small_tinyvoc.py'

stages = [
    common.run_tool(
        'data',
        'tools/dataset_converters/make_tinyvoc.py',
        '{data_root}',
        external=True)
]
for _name, _config in _cam_networks.items():
    stages += [
        common.train_cam_network(_name, _config),
        common.write_cams(_name, _config),
        common.evaluate_cams(_name, 'configs/cam/eval_cams_tinyvoc.py'),
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
            _cam_networks,
            ('pseudo-mask mIoU at threshold 0.2', 'eval', 'mask/miou'),
            ('pseudo-mask mIoU at the best threshold', 'eval',
             'cam/miou_best')),
        *common.metric_rows(
            _cam_networks,
            ('water taken for boat, ratio', 'eval',
             'mask/confusion_water_boat'),
            ('rails taken for train, ratio', 'eval',
             'mask/confusion_rail_train'),
            ('val mIoU (%) of DeepLab V2 on its masks', 'seg', 'mIoU'))
    ],
    samples=[
        dict(
            title='Training images: from image-level labels to pseudo masks',
            names='{data_root}/ImageSets/Segmentation/train.txt',
            num=12,
            columns=common.columns_of(
                _image,
                ('saliency', 'gray', '{data_root}/saliency/{name}.png'),
                ('plain CAM', 'cam', '{cam_cam}/files/{name}.npz'),
                ('EPS', 'cam', '{cam_eps}/files/{name}.npz'),
                ('CAM mask', 'mask', '{masks_cam}/files/{name}.png'),
                ('EPS mask', 'mask', '{masks_eps}/files/{name}.png'), _truth)),
        dict(
            title='Validation images: the trained segmentors',
            names='{data_root}/ImageSets/Segmentation/val.txt',
            num=8,
            columns=common.columns_of(
                _image,
                ('from CAM masks', 'mask', '{seg_cam}/files/{name}.png'),
                ('from EPS masks', 'mask', '{seg_eps}/files/{name}.png'),
                _truth))
    ])
