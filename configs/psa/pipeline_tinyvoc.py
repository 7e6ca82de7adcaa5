"""PSA end to end on TinyVOC, beside its plain CAMs."""
from wsss_plugins.pipelines.stages import affinity, common

title = 'PSA on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/psa_tinyvoc'

_cam = 'configs/cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
_net = 'configs/psa/aff_r18-small_1xb16-300_tinyvoc-128.py'
_segmentor = 'configs/deeplab/deeplabv2_r18-small_tinyvoc.py'

stages = [
    common.run_tool(
        'data',
        'tools/dataset_converters/make_tinyvoc.py',
        '{data_root}',
        external=True),
    common.train_cam_network('cam', _cam),
    common.write_cams('cam', _cam),
    common.evaluate_cams('cam', 'configs/cam/eval_cams_tinyvoc.py'),
    common.write_masks('cam', 'configs/masks/make_masks_tinyvoc.py'),
    affinity.write_affinity_labels('aff', 'configs/psa/make_labels_tinyvoc.py',
                                   'cam'),
    affinity.train_affinity_network(
        'aff', _net, weights='{train_cam}/last_checkpoint'),
    affinity.write_propagated_masks('aff', _net, 'cam'),
    common.evaluate_masks('aff', 'configs/masks/eval_masks_tinyvoc.py'),
    common.train_segmentor('cam', _segmentor),
    common.test_segmentor('cam', _segmentor),
    common.train_segmentor('aff', _segmentor),
    common.test_segmentor('aff', _segmentor),
]
report = affinity.affinity_report('aff')
