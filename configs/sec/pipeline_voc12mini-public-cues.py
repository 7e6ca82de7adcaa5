"""SEC on real images with the authors' published cues.

As ``pipeline_voc12mini.py``, but the cues and the image-level labels are those
of ``public_cues``, the folder of ``localization_cues.pickle.gz`` and
``input_list.txt``.
"""
from wsss_plugins.pipelines.stages import common, cues

title = "SEC on VOC images with the authors' cues, EfficientNet-Lite2"
data_root = 'data/voc12mini'
work_dir = 'work_dirs/sec_voc12mini-public-cues'
public_cues = '{data_root}/sec_cues'
seed = 0

_segmentors = dict(
    sec='configs/sec/sec_efficientnet-lite2_1xb16-400_voc12-161.py')
_training = dict(seed='{seed}')
_labels = '{cues}/image_labels.json'

stages = [
    cues.convert_cues('{public_cues}'),
    cues.evaluate_cues('configs/sec/eval_cues_voc12.py', _labels),
]
for _name, _config in _segmentors.items():
    stages += [
        cues.train_with_cues(_name, _config, _labels, **_training),
        common.test_segmentor(_name, _config),
        common.test_segmentor(_name, _config, tta=True),
    ]
report = cues.cue_report(list(_segmentors), cams=None)
