"""SEC end to end on TinyVOC: tags, cues, segmentor, with and without CRF."""
from wsss_plugins.pipelines.stages import common as row, cues as sec

title = 'SEC on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/sec_tinyvoc'

_segmentors = {
    'sec': 'configs/sec/sec_r18-small_1xb16-400_tinyvoc-121.py',
    'no-expand': 'configs/sec/sec_r18-small-no-expand_1xb16-400_tinyvoc-121.py'
}
_fg = 'configs/sec/fg_r18-small_1xb16-400_tinyvoc-128.py'

stages = [
    dict(
        name='data',
        kind='tool',
        script='tools/dataset_converters/make_tinyvoc.py',
        args=['{data_root}'],
        external=True),
    # One classifier gives both: class maps, and by its gradients background.
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
