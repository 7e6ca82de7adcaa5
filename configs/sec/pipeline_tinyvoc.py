"""SEC end to end on TinyVOC: cues, segmentor, with and without CRF."""
from wsss_plugins.pipelines.stages import common, cues

title = 'SEC on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/sec_tinyvoc'

_segmentors = {
    'sec': 'configs/sec/sec_r18-small_1xb16-400_tinyvoc-121.py',
    'no-expand': 'configs/sec/sec_r18-small-no-expand_1xb16-400_tinyvoc-121.py'
}
_fg = 'configs/sec/fg_r18-small_1xb16-400_tinyvoc-128.py'

stages = [
    common.run_tool(
        'data',
        'tools/dataset_converters/make_tinyvoc.py',
        '{data_root}',
        external=True),
    # One classifier gives both: CAMs, and by its gradients background.
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
