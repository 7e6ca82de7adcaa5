"""What each part of SEC is worth on TinyVOC: one of them changed at a time.

Cues and the full method come from the same stages as in
``pipeline_tinyvoc.py``; with that one's work dir they are not run again.
"""
from wsss_plugins.pipelines.stages import common, cues

title = 'Ablation of SEC on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/sec_ablation_tinyvoc'

_segmentors = {
    'sec': 'configs/sec/sec_r18-small_1xb16-400_tinyvoc-121.py',
    **{
        name: f'configs/sec/sec_r18-small-{name}_1xb16-400_tinyvoc-121.py'
        for name in ('no-seed', 'no-expand', 'no-constrain', 'gmp', 'gap')
    }
}
_fg = 'configs/sec/fg_r18-small_1xb16-400_tinyvoc-128.py'

stages = [
    common.run_tool(
        'data',
        'tools/dataset_converters/make_tinyvoc.py',
        '{data_root}',
        external=True),
    common.train_cam_network('fg', _fg),
    cues.write_single_view_cams('fg', _fg),
    cues.write_gradient_saliency(
        'fg', 'configs/sec/saliency_r18-small_tinyvoc-128.py'),
    cues.write_cues('configs/sec/make_cues_tinyvoc.py', 'fg'),
    cues.evaluate_cues('configs/sec/eval_cues_tinyvoc.py'),
]
for _name, _config in _segmentors.items():
    stages += [
        cues.train_with_cues(_name, _config),
        common.test_segmentor(_name, _config),
        common.test_segmentor(_name, _config, tta=True),
    ]
report = cues.cue_report(list(_segmentors))
