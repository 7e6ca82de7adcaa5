"""The paper's experiment on PASCAL VOC 2012: EPS to DeepLab V2."""
from wsss_plugins.pipelines.stages import common

title = 'EPS on PASCAL VOC 2012'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/eps_voc12'
_cam_network = 'configs/eps/eps_resnet38_1xb8-20k_voc12-448.py'
_segmentor = 'configs/eps/deeplabv2_voc.py'

stages = [
    common.train_cam_network('eps', _cam_network),
    common.write_cams('eps', _cam_network),
    common.evaluate_cams('eps', 'configs/cam/eval_cams_voc12.py'),
    common.write_masks('eps', 'configs/masks/make_masks_voc12.py'),
    common.train_segmentor('eps', _segmentor),
    common.test_segmentor('eps', _segmentor),
    common.test_segmentor('eps', _segmentor, tta=True),
]
report = dict(
    labels='{data_root}/image_labels.json',
    metrics=[
        *common.metric_rows(
            ('eps', ),
            ('pseudo-mask mIoU at threshold 0.2', 'eval', 'mask/miou'),
            ('pseudo-mask mIoU at the best threshold', 'eval',
             'cam/miou_best'),
            *common.BOUNDARY_METRICS),
        *common.segmentor_rows(dict(eps='EPS'), tta=True)
    ],
    samples=[
        dict(
            title='Training images',
            names='{data_root}/ImageSets/Segmentation/train.txt',
            num=16,
            columns=common.columns_of(
                ('image', 'image', '{data_root}/JPEGImages/{name}.jpg'),
                ('saliency', 'gray', '{data_root}/saliency/{name}.png'),
                ('EPS', 'cam', '{cam_eps}/files/{name}.npz'),
                ('pseudo mask', 'mask', '{masks_eps}/files/{name}.png'),
                ('ground truth', 'mask',
                 '{data_root}/SegmentationClass/{name}.png')))
    ])
