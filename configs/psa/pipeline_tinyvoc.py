"""PSA end to end on TinyVOC, beside its plain class maps."""
from wsss_plugins.pipelines.stages import affinity as walk, common as row

title = 'PSA on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/psa_tinyvoc'

_cam = 'configs/eps/cam_r18-small_1xb16-400_tinyvoc-128.py'
_net = 'configs/psa/aff_r18-small_1xb16-300_tinyvoc-128.py'
_segmentor = 'configs/eps/deeplabv2_r18-small_tinyvoc.py'

stages = [
    dict(
        name='data',
        kind='tool',
        script='tools/dataset_converters/make_tinyvoc.py',
        args=['{data_root}'],
        external=True),
    row.train_cam_network('cam', _cam),
    row.write_cams('cam', _cam),
    row.evaluate_cams('cam', 'configs/eps/eval_cams_tinyvoc.py'),
    row.write_masks('cam', 'configs/eps/make_masks_tinyvoc.py'),
    walk.write_affinity_labels('aff', 'configs/psa/make_labels_tinyvoc.py',
                               'cam'),
    walk.train_affinity('aff', _net, '{train_cam}/iter_400.pth'),
    walk.walk_masks('aff', _net, 'cam'),
    row.evaluate_masks('aff', 'configs/psa/eval_masks_tinyvoc.py'),
    row.train_segmentor('cam', _segmentor),
    row.test_segmentor('cam', _segmentor),
    row.train_segmentor('aff', _segmentor),
    row.test_segmentor('aff', _segmentor),
]
report = walk.walk_report('aff')
