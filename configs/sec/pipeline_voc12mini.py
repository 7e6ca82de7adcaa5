"""SEC on real images, with a backbone that a CPU can train.

``data_root`` is any folder in VOC's layout with ``image_labels.json`` and the
lists ``train.txt`` and ``val.txt``. Ground truth of the training images is
read by the evaluation stage only.
"""
from wsss_plugins.pipelines.stages import common, cues

title = 'SEC on VOC images, EfficientNet-Lite2'
data_root = 'data/voc12mini'
work_dir = 'work_dirs/sec_voc12mini'
seed = 0

_segmentors = {
    'sec': 'configs/sec/sec_efficientnet-lite2_1xb16-400_voc12-161.py',
    'no-expand':
    'configs/sec/sec_efficientnet-lite2-no-expand_1xb16-400_voc12-161.py'
}
_fg = 'configs/sec/fg_efficientnet-lite2_voc12.py'
_training = dict(seed='{seed}')

stages = [
    # One classifier gives both: CAMs, and by its gradients background.
    common.train_cam_network('fg', _fg, **_training),
    cues.write_single_view_cams(
        'fg', 'configs/sec/fg-maps_efficientnet-lite2_voc12-321.py'),
    cues.write_gradient_saliency(
        'fg', 'configs/sec/saliency_efficientnet-lite2_voc12-321.py'),
    cues.write_cues('configs/sec/make_cues_efficientnet-lite2_voc12.py', 'fg'),
    cues.evaluate_cues('configs/sec/eval_cues_voc12.py'),
]
for _name, _config in _segmentors.items():
    stages += [
        cues.train_with_cues(_name, _config, **_training),
        common.test_segmentor(_name, _config),
        common.test_segmentor(_name, _config, tta=True),
    ]
report = cues.cue_report(list(_segmentors))
