"""SEC on real photos, with a backbone that a CPU can train.

``data_root`` is any folder in VOC's layout with ``image_labels.json`` and the
lists ``train.txt`` and ``val.txt``. True masks of the training pictures are
read by the measuring stage only.
"""
from wsss_plugins.pipelines.stages import common as row, cues as sec

title = 'SEC on VOC photos, MobileNetV2'
data_root = 'data/voc12mini'
work_dir = 'work_dirs/sec_voc12mini'
# ImageNet weights with torchvision's names.
imagenet = '{data_root}/../weights/mobilenet_v2_imagenet.pth'
seed = 0

_segmentors = {
    'sec': 'configs/sec/sec_mobilenetv2_1xb16-400_voc12-161.py',
    'no-expand': 'configs/sec/sec_mobilenetv2-no-expand_1xb16-400_voc12-161.py'
}
_fg = 'configs/sec/fg_mobilenetv2_1xb16-700_voc12-256.py'
_backbone = {
    'model.backbone.init_cfg.checkpoint': '{weights}/mobilenet_v2.pth',
    'randomness.seed': '{seed}'
}

stages = [
    dict(
        name='weights',
        kind='tool',
        script='tools/model_converters/mobilenet_v2.py',
        args=['{imagenet}', '{stage_dir}/mobilenet_v2.pth']),
    # One classifier gives both: class maps, and by its gradients background.
    row.with_options(row.train_cam_network('fg', _fg), _backbone),
    sec.write_fg_maps('fg', 'configs/sec/fg-maps_mobilenetv2_voc12-321.py'),
    sec.write_gradients('fg',
                        'configs/sec/saliency_mobilenetv2_voc12-321.py'),
    sec.write_cues('configs/sec/make_cues_mobilenetv2_voc12.py', 'fg'),
    sec.evaluate_cues('configs/sec/eval_cues_voc12.py'),
]
for _name, _config in _segmentors.items():
    stages += [
        row.with_options(sec.train_with_cues(_name, _config), _backbone),
        row.test_segmentor(_name, _config),
        row.test_segmentor(_name, _config, tta=True),
    ]
report = sec.sec_report(list(_segmentors))
