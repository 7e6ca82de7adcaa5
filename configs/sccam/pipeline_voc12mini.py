"""SC-CAM and a plain CAM on real images, with a backbone for a CPU.

``data_root`` is any folder in VOC's layout with ``image_labels.json`` and
``saliency/`` (read by EPS' part of the mix only), and the lists ``train.txt``
and ``val.txt``. Ground truth of the training images is read by evaluation
stages only. ``num_sub`` is K, ``lambda_sub`` the weight of the loss on
sub-categories, which are clusters of ImageNet's features, as in the paper's
first round. All four trainings start from a convex fit of the head.
"""
from wsss_plugins.pipelines.stages import common, refinement, sub_categories

title = 'SC-CAM on VOC images, EfficientNet-Lite2'
data_root = 'data/voc12mini'
work_dir = 'work_dirs/sccam_voc12mini'
seed = 0
num_sub = 5
lambda_sub = 5.
max_iters = 80

_cam_networks = dict(
    cam='configs/cam/cam_efficientnet-lite2_1xb16-80_voc12-320.py',
    sccam='configs/sccam/sccam_efficientnet-lite2_1xb16-80_voc12-320.py',
    eps='configs/eps/eps_efficientnet-lite2_1xb16-80_voc12-320.py',
    sccam_eps='configs/sccam/'
    'sccam-eps_efficientnet-lite2_1xb16-80_voc12-320.py')
_segmented = ('cam', 'sccam')
_segmentor = 'configs/deeplab/fcn_efficientnet-lite2_voc.py'
_training = dict(
    feature_dir='{work_dir}/features',
    seed='{seed}',
    max_iters='{max_iters}')
_train_list = 'ImageSets/Segmentation/train.txt'

stages = []
for _name, _config in _cam_networks.items():
    if _name.startswith('sccam'):
        stages += [
            sub_categories.train_sub_categories(
                _name,
                _config,
                num_sub='{num_sub}',
                loss_weight='{lambda_sub}',
                **_training),
            sub_categories.write_sub_category_cams(
                _name, _config, num_sub='{num_sub}'),
        ]
    else:
        stages += [
            common.train_cam_network(_name, _config, **_training),
            common.write_cams(_name, _config),
        ]
    stages += [
        common.evaluate_cams(_name, 'configs/cam/eval_cams_voc12.py'),
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
            ('pseudo-mask mIoU at the best threshold', 'eval',
             'cam/miou_best'),
            ('recall of objects there', 'eval', 'cam/recall_best'),
            ('precision there', 'eval', 'cam/precision_best'),
            ('pseudo-mask mIoU at threshold 0.2', 'eval', 'mask/miou'),
            ('recall of objects at 0.2', 'eval', 'mask/recall'),
            ('precision at 0.2', 'eval', 'mask/precision')),
        *common.metric_rows(
            _cam_networks,
            ('pseudo-mask mIoU with CRF', 'eval_masks_crf', 'mask/miou')),
        *common.metric_rows(
            _segmented,
            ('val mIoU (%) of a segmentor on its masks', 'seg', 'mIoU'),
            ('the same, averaged views and CRF', 'seg_tta', 'mIoU'))
    ],
    sub_categories=sub_categories.sub_category_groups(dict(sccam='SC-CAM')),
    samples=[
        dict(
            title='Training images: from image-level labels to pseudo masks',
            names='{data_root}/ImageSets/Segmentation/train.txt',
            num=16,
            columns=common.columns_of(
                _image, ('plain CAM', 'cam', '{cam_cam}/files/{name}.npz'),
                ('SC-CAM', 'cam', '{cam_sccam}/files/{name}.npz'),
                ('SC-CAM and EPS', 'cam', '{cam_sccam_eps}/files/{name}.npz'),
                ('SC-CAM mask, CRF', 'mask',
                 '{masks_crf_sccam}/files/{name}.png'), _truth)),
        dict(
            title='Validation images: the trained segmentors',
            names='{data_root}/ImageSets/Segmentation/val.txt',
            num=10,
            columns=common.columns_of(
                _image,
                ('from CAM masks', 'mask', '{seg_cam}/files/{name}.png'),
                ('from SC-CAM masks', 'mask', '{seg_sccam}/files/{name}.png'),
                _truth))
    ])
