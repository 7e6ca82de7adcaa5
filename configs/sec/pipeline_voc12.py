"""The paper's experiment on PASCAL VOC 2012 with cues of its own, VGG16.

With the authors' cues: ``pipeline_voc12-public-cues.py``.
"""
from wsss_plugins.pipelines.stages import common, cues

title = 'SEC on PASCAL VOC 2012'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/sec_voc12'

_fg = 'configs/sec/fg_vgg16_1xb15-8k_voc12-321.py'
_bg = 'configs/sec/bg_vgg16_1xb15-8k_voc12-321.py'
_segmentors = {'sec': 'configs/sec/sec_vgg16_1xb15-8k_voc12-321.py'}

stages = [
    common.train_cam_network('fg', _fg),
    cues.write_single_view_cams('fg', _fg),
    common.train_cam_network('bg', _bg),
    cues.write_gradient_saliency('bg',
                                 'configs/sec/saliency_vgg16_voc12-321.py'),
    cues.write_cues('configs/sec/make_cues_voc12.py', 'fg'),
    cues.evaluate_cues('configs/sec/eval_cues_voc12.py'),
]
for _name, _config in _segmentors.items():
    stages += [
        cues.train_with_cues(_name, _config),
        common.test_segmentor(_name, _config),
        common.test_segmentor(_name, _config, tta=True),
    ]
report = cues.cue_report(list(_segmentors))
