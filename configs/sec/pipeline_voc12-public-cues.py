"""The paper's experiment on PASCAL VOC 2012 with the authors' cues, VGG16.

The cues and the image-level labels are those of ``public_cues``, the folder of
``localization_cues.pickle.gz`` and ``input_list.txt``.
"""
from wsss_plugins.pipelines.stages import common, cues

title = "SEC on PASCAL VOC 2012 with the authors' cues"
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/sec_voc12-public-cues'
public_cues = '{data_root}/sec_cues'

_segmentors = {'sec': 'configs/sec/sec_vgg16_1xb15-8k_voc12-321.py'}

_labels = '{cues}/image_labels.json'

stages = [
    cues.convert_cues('{public_cues}'),
    cues.evaluate_cues('configs/sec/eval_cues_voc12.py', _labels),
]
for _name, _config in _segmentors.items():
    stages += [
        cues.train_with_cues(_name, _config, _labels),
        common.test_segmentor(_name, _config),
        common.test_segmentor(_name, _config, tta=True),
    ]
report = cues.cue_report(list(_segmentors), cams=None)
