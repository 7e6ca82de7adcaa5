"""SEC on real images, with a backbone that a CPU can train.

``data_root`` is any folder in VOC's layout with ``image_labels.json`` and the
lists ``train.txt`` and ``val.txt``. Ground truth of the training images is
read by the evaluation stage only.
"""
from wsss_plugins.pipelines.stages import common, cues

title = 'SEC on VOC images, MobileNetV2'
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
_training = dict(weights='{weights}/mobilenet_v2.pth', seed='{seed}')

stages = [
    common.run_tool('weights', 'tools/model_converters/mobilenet_v2.py',
                    '{imagenet}', '{stage_dir}/mobilenet_v2.pth'),
    # One classifier gives both: CAMs, and by its gradients background.
    common.train_cam_network('fg', _fg, **_training),
    cues.write_single_view_cams(
        'fg', 'configs/sec/fg-maps_mobilenetv2_voc12-321.py'),
    cues.write_gradient_saliency(
        'fg', 'configs/sec/saliency_mobilenetv2_voc12-321.py'),
    cues.write_cues('configs/sec/make_cues_mobilenetv2_voc12.py', 'fg'),
    cues.evaluate_cues('configs/sec/eval_cues_voc12.py'),
]
for _name, _config in _segmentors.items():
    stages += [
        cues.train_with_cues(_name, _config, **_training),
        common.test_segmentor(_name, _config),
        common.test_segmentor(_name, _config, tta=True),
    ]
report = cues.cue_report(list(_segmentors))
