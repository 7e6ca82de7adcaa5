"""What each part of SEC is worth on TinyVOC: one of them changed at a time.

Cues and the full method come from the same stages as in
``pipeline_tinyvoc.py``; with that one's work dir they are not run again.
"""
from wsss_plugins.pipelines.stages import common as row, cues as sec

title = 'Ablation of SEC on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/sec_ablation_tinyvoc'

_segmentors = {
    'sec': 'configs/sec/sec_r18-small_1xb16-400_tinyvoc-121.py',
    **{
        name:
        f'configs/sec/sec_r18-small-{name}_1xb16-400_tinyvoc-121.py'
        for name in ('no-seed', 'no-expand', 'no-constrain', 'gmp', 'gap')
    }
}
_fg = 'configs/sec/fg_r18-small_1xb16-400_tinyvoc-128.py'

stages = [
    dict(
        name='data',
        kind='tool',
        script='tools/dataset_converters/make_tinyvoc.py',
        args=['{data_root}'],
        external=True),
    row.train_cam_network('fg', _fg),
    sec.write_fg_maps('fg', _fg),
    sec.write_gradients('fg', 'configs/sec/saliency_r18-small_tinyvoc-128.py'),
    sec.write_cues('configs/sec/make_cues_tinyvoc.py', 'fg'),
    sec.evaluate_cues('configs/sec/eval_cues_tinyvoc.py'),
]
for _name, _config in _segmentors.items():
    stages += [
        sec.train_with_cues(_name, _config),
        row.test_segmentor(_name, _config),
        row.test_segmentor(_name, _config, tta=True),
    ]
report = sec.sec_report(list(_segmentors))
