"""What each part of SEC is worth on real images, one changed at a time.

On the authors' published cues, so that all differences come from the losses;
see ``pipeline_voc12mini-public-cues.py`` for ``public_cues``. ``max_iters``
makes seven trainings short enough for a CPU.
"""
from wsss_plugins.pipelines.stages import common, cues

title = "Ablation of SEC on VOC images, the authors' cues, EfficientNet-Lite2"
data_root = 'data/voc12mini'
work_dir = 'work_dirs/sec_ablation_voc12mini'
public_cues = '{data_root}/sec_cues'
seed = 0
max_iters = 200

_segmentors = {
    'sec': 'configs/sec/sec_efficientnet-lite2_1xb16-400_voc12-161.py',
    **{
        name: 'configs/sec/'
        f'sec_efficientnet-lite2-{name}_1xb16-400_voc12-161.py'
        for name in ('no-seed', 'no-expand', 'no-constrain', 'gmp', 'gap',
                     'small-fov')
    }
}
_training = dict(seed='{seed}', max_iters='{max_iters}')
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
