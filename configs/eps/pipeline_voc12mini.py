"""EPS and a plain CAM on real images, on a backbone that a CPU can train.

``data_root`` is any folder in VOC's layout with ``image_labels.json`` and
``saliency/``, and the lists ``train.txt`` and ``val.txt``. Ground truth of the
training images is read by evaluation stages only.

``linear`` is the convex fit that both trainings start from.
"""
from wsss_plugins.pipelines.stages import common, refinement

title = 'EPS on VOC images, EfficientNet-Lite2'
data_root = 'data/voc12mini'
work_dir = 'work_dirs/eps_voc12mini'
seed = 0
max_iters = 80

_cam_networks = dict(
    linear='configs/cam/linear-cam_efficientnet-lite2_voc12.py',
    cam='configs/cam/cam_efficientnet-lite2_1xb16-80_voc12-320.py',
    eps='configs/eps/eps_efficientnet-lite2_1xb16-80_voc12-320.py')
_segmented = ('cam', 'eps')
_segmentor = 'configs/deeplab/fcn_efficientnet-lite2_voc.py'
_features = dict(feature_dir='{work_dir}/features', seed='{seed}')
_training = dict(max_iters='{max_iters}', **_features)
_train_list = 'ImageSets/Segmentation/train.txt'
_pairs = [('background', name) for name in ('boat', 'train', 'aeroplane')]

stages = []
for _name, _config in _cam_networks.items():
    stages += [
        common.train_cam_network(
            _name, _config, **_training if _name in _segmented else _features),
        common.write_cams(_name, _config),
        common.evaluate_cams(_name, 'configs/cam/eval_cams_voc12.py', _pairs),
        common.write_masks(
            _name, 'configs/masks/make_masks_voc12.py',
            train_list=_train_list),
        *refinement.with_evaluation(
            common.write_masks(
                f'crf_{_name}',
                'configs/masks/make_masks_crf_voc12.py',
                _name,
                train_list=_train_list),
            'configs/masks/eval_masks_voc12.py'),
    ]
for _name in _segmented:
    stages += [
        common.train_segmentor(
            _name, _segmentor, f'crf_{_name}', seed='{seed}'),
        common.test_segmentor(_name, _segmentor),
        common.test_segmentor(_name, _segmentor, tta=True),
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
             'cam/miou_best'),
            ('pseudo-mask mIoU with CRF', 'eval_masks_crf', 'mask/miou'),
            *common.BOUNDARY_METRICS),
        *common.metric_rows(
            _cam_networks,
            ('background taken for boat, ratio', 'eval',
             'mask/confusion_background_boat'),
            ('background taken for train, ratio', 'eval',
             'mask/confusion_background_train')),
        *common.metric_rows(
            _segmented,
            ('val mIoU (%) of a segmentor on its masks', 'seg', 'mIoU'),
            ('the same, averaged views and CRF', 'seg_tta', 'mIoU'))
    ],
    samples=[
        dict(
            title='Training images: from image-level labels to pseudo masks',
            names='{data_root}/ImageSets/Segmentation/train.txt',
            num=16,
            columns=common.columns_of(
                _image,
                ('saliency', 'gray', '{data_root}/saliency/{name}.png'),
                ('linear CAM', 'cam', '{cam_linear}/files/{name}.npz'),
                ('plain CAM', 'cam', '{cam_cam}/files/{name}.npz'),
                ('EPS', 'cam', '{cam_eps}/files/{name}.npz'),
                ('EPS mask', 'mask', '{masks_eps}/files/{name}.png'),
                ('EPS mask, CRF', 'mask', '{masks_crf_eps}/files/{name}.png'),
                _truth)),
        dict(
            title='Validation images: the trained segmentors',
            names='{data_root}/ImageSets/Segmentation/val.txt',
            num=10,
            columns=common.columns_of(
                _image,
                ('from CAM masks', 'mask', '{seg_cam}/files/{name}.png'),
                ('from EPS masks', 'mask', '{seg_eps}/files/{name}.png'),
                _truth))
    ])
