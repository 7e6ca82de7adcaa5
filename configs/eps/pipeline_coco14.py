"""The paper's experiment on COCO 2014: EPS and a plain CAM, to DeepLab V2.

docs/data.md says how masks, lists and image-level labels of COCO are made.
"""
from wsss_plugins.pipelines.stages import common

title = 'EPS on COCO 2014'
data_root = 'data/coco14'
work_dir = 'work_dirs/eps_coco14'
_cam_networks = dict(
    cam='configs/cam/cam_resnet38_1xb16-77k_coco14-321.py',
    eps='configs/eps/eps_resnet38_1xb16-77k_coco14-321.py')
_segmentor = 'configs/deeplab/deeplabv2_vgg16-in1k_coco.py'

stages = []
for _name, _config in _cam_networks.items():
    stages += [
        common.train_cam_network(_name, _config),
        common.write_cams(_name, _config),
        common.evaluate_cams(_name, 'configs/cam/eval_cams_coco14.py'),
        common.write_masks(_name, 'configs/masks/make_masks_coco14.py'),
    ]
stages += [
    common.train_segmentor('eps', _segmentor),
    common.test_segmentor('eps', _segmentor),
    common.test_segmentor('eps', _segmentor, tta=True),
]
report = dict(
    labels='{data_root}/image_labels_train.json',
    metrics=[
        *common.metric_rows(
            _cam_networks,
            ('pseudo-mask mIoU at threshold 0.2', 'eval', 'mask/miou'),
            ('pseudo-mask mIoU at the best threshold', 'eval',
             'cam/miou_best'),
            *common.BOUNDARY_METRICS),
        *common.segmentor_rows(dict(eps='EPS'), tta=True)
    ],
    samples=[
        dict(
            title='Training images',
            names='{data_root}/train.txt',
            num=16,
            columns=common.columns_of(
                ('image', 'image', '{data_root}/train2014/{name}.jpg'),
                ('saliency', 'gray', '{data_root}/saliency/{name}.png'),
                ('plain CAM', 'cam', '{cam_cam}/files/{name}.npz'),
                ('EPS', 'cam', '{cam_eps}/files/{name}.npz'),
                ('pseudo mask', 'mask', '{masks_eps}/files/{name}.png'),
                ('ground truth', 'mask',
                 '{data_root}/SegmentationClass/train2014/{name}.png')))
    ])
