"""WSGCN end to end on TinyVOC, beside random walks on the same affinities."""
from wsss_plugins.pipelines.stages import affinity, common, refinement

title = 'WSGCN on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/wsgcn_tinyvoc'

_cam = 'configs/cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
_psa = 'configs/psa/aff_r18-small_1xb16-300_tinyvoc-128.py'
_irn = 'configs/irn/irn_r18-small_1xb16-300_tinyvoc-128.py'
_crf = 'configs/masks/make_masks_crf_tinyvoc.py'
_gcn_p = 'configs/wsgcn/wsgcn-p_r18-small_tinyvoc-128.py'
_gcn_i = 'configs/wsgcn/wsgcn-i_r18-small_tinyvoc-128.py'
_eval = 'configs/masks/eval_masks_tinyvoc.py'
_segmentor = 'configs/deeplab/deeplabv2_r18-small_tinyvoc.py'
_start = '{train_cam}/last_checkpoint'
_masks = dict(
    cam='CAM',
    crf='CAM, CRF',
    aff='PSA',
    irn='IRNet',
    gcn_p='WSGCN-P',
    gcn_i='WSGCN-I')

stages = [
    common.run_tool(
        'data',
        'tools/dataset_converters/make_tinyvoc.py',
        '{data_root}',
        external=True),
    common.train_cam_network('cam', _cam),
    common.write_cams('cam', _cam),
    common.evaluate_cams('cam', 'configs/cam/eval_cams_tinyvoc.py'),
    *refinement.with_evaluation(
        common.write_masks('cam', 'configs/masks/make_masks_tinyvoc.py'),
        _eval),
    *refinement.with_evaluation(common.write_masks('crf', _crf, 'cam'), _eval),
    affinity.write_affinity_labels('aff', 'configs/psa/make_labels_tinyvoc.py',
                                   'cam'),
    affinity.train_affinity_network('aff', _psa, weights=_start),
    *refinement.refine_cams('aff', _psa, 'cam', 'aff', _eval),
    affinity.write_affinity_labels('irn',
                                   'configs/irn/make_ir_labels_tinyvoc.py',
                                   'cam'),
    affinity.train_affinity_network('irn', _irn, weights=_start),
    *refinement.refine_cams('irn', _irn, 'cam', 'irn', _eval),
    *refinement.refine_cams('gcn_p', _gcn_p, 'cam', 'aff', _eval),
    *refinement.refine_cams('gcn_i', _gcn_i, 'cam', 'irn', _eval),
    common.train_segmentor('cam', _segmentor),
    common.test_segmentor('cam', _segmentor),
    common.train_segmentor('gcn_i', _segmentor),
    common.test_segmentor('gcn_i', _segmentor),
]
report = refinement.refinement_report(_masks, ['cam', 'gcn_i'])
