"""EPS and a plain CAM on real photos, with a backbone that a CPU can train.

``data_root`` is any folder in VOC's layout with ``image_labels.json`` and
``saliency/``, and the lists ``train.txt`` and ``val.txt``. True masks of the
training pictures are read by the measuring stages only.
"""
from wsss_plugins.pipelines.stages import common as row

title = 'EPS on VOC photos, MobileNetV2'
data_root = 'data/voc12mini'
work_dir = 'work_dirs/eps_voc12mini'
# ImageNet weights with torchvision's names.
imagenet = '{data_root}/../weights/mobilenet_v2_imagenet.pth'
seed = 0

_cam_networks = dict(
    cam='configs/eps/cam_mobilenetv2_1xb16-700_voc12-256.py',
    eps='configs/eps/eps_mobilenetv2_1xb16-700_voc12-256.py')
_segmentor = 'configs/eps/deeplabv2_mobilenetv2_voc.py'
_backbone = {
    'model.backbone.init_cfg.checkpoint': '{weights}/mobilenet_v2.pth',
    'randomness.seed': '{seed}'
}
_train_list = {
    'test_dataloader.dataset.ann_file': 'ImageSets/Segmentation/train.txt'
}
_pairs = [('background', name) for name in ('boat', 'train', 'aeroplane')]

stages = [
    dict(
        name='weights',
        kind='tool',
        script='tools/model_converters/mobilenet_v2.py',
        args=['{imagenet}', '{stage_dir}/mobilenet_v2.pth'])
]
for _name, _config in _cam_networks.items():
    stages += [
        row.with_options(row.train_cam_network(_name, _config), _backbone),
        row.write_cams(_name, _config),
        row.with_options(
            row.evaluate_cams(_name, 'configs/eps/eval_cams_voc12.py'),
            {'test_evaluator.1.pairs': _pairs}),
        row.with_options(
            row.write_masks(_name, 'configs/eps/make_masks_voc12.py'),
            _train_list),
        row.with_options(
            row.write_masks(f'crf_{_name}',
                            'configs/eps/make_masks_crf_voc12.py', _name),
            _train_list),
        row.evaluate_masks(f'crf_{_name}', 'configs/eps/eval_masks_voc12.py'),
        row.with_options(row.train_segmentor(_name, _segmentor), _backbone),
        row.test_segmentor(_name, _segmentor),
    ]

_image = ('image', 'image', '{data_root}/JPEGImages/{name}.jpg')
_truth = ('truth', 'mask', '{data_root}/SegmentationClass/{name}.png')
report = dict(
    labels='{data_root}/image_labels.json',
    metrics=row.metric_rows(
        _cam_networks,
        ('pseudo-mask mIoU at threshold 0.2', 'eval', 'mask/miou'),
        ('pseudo-mask mIoU at the best threshold', 'eval', 'cam/miou_best'),
        ('pseudo-mask mIoU with CRF', 'eval_masks_crf', 'mask/miou'),
        ('background taken for boat, ratio', 'eval',
         'mask/confusion_background_boat'),
        ('background taken for train, ratio', 'eval',
         'mask/confusion_background_train'),
        ('val mIoU (%) of DeepLab V2 on its masks', 'seg', 'mIoU')),
    samples=[
        dict(
            title='Training pictures: from tags to pseudo masks',
            names='{data_root}/ImageSets/Segmentation/train.txt',
            num=16,
            columns=row.columns_of(
                _image,
                ('saliency', 'gray', '{data_root}/saliency/{name}.png'),
                ('plain CAM', 'cam', '{cam_cam}/files/{name}.npz'),
                ('EPS', 'cam', '{cam_eps}/files/{name}.npz'),
                ('EPS mask', 'mask', '{masks_eps}/files/{name}.png'),
                ('EPS mask, CRF', 'mask', '{masks_crf_eps}/files/{name}.png'),
                _truth)),
        dict(
            title='Validation pictures: the trained segmentors',
            names='{data_root}/ImageSets/Segmentation/val.txt',
            num=10,
            columns=row.columns_of(
                _image,
                ('from CAM masks', 'mask', '{seg_cam}/files/{name}.png'),
                ('from EPS masks', 'mask', '{seg_eps}/files/{name}.png'),
                _truth))
    ])
