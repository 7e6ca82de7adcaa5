"""WSGCN end to end on TinyVOC, beside the walks whose affinities it uses."""
from wsss_plugins.pipelines.stages import common as row, refinement as gcn

title = 'WSGCN on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/wsgcn_tinyvoc'

_cam = 'configs/eps/cam_r18-small_1xb16-400_tinyvoc-128.py'
_psa = 'configs/psa/aff_r18-small_1xb16-300_tinyvoc-128.py'
_irn = 'configs/irn/irn_r18-small_1xb16-300_tinyvoc-128.py'
_crf = 'configs/wsgcn/make_masks_crf_tinyvoc.py'
_gcn_p = 'configs/wsgcn/wsgcn-p_r18-small_tinyvoc-128.py'
_gcn_i = 'configs/wsgcn/wsgcn-i_r18-small_tinyvoc-128.py'
_eval = 'configs/psa/eval_masks_tinyvoc.py'
_segmentor = 'configs/eps/deeplabv2_r18-small_tinyvoc.py'
_start = '{train_cam}/iter_400.pth'

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
    *gcn.measured(
        row.write_masks('cam', 'configs/eps/make_masks_tinyvoc.py'), _eval),
    *gcn.measured(row.write_masks('crf', _crf, 'cam'), _eval),
    *gcn.train_network(
        'aff', _psa, 'configs/psa/make_labels_tinyvoc.py', 'cam',
        backbone=_start),
    *gcn.measured(gcn.refined_masks('aff', _psa, 'cam', 'aff'), _eval),
    *gcn.train_network(
        'irn', _irn, 'configs/irn/make_ir_labels_tinyvoc.py', 'cam',
        backbone=_start),
    *gcn.measured(gcn.refined_masks('irn', _irn, 'cam', 'irn'), _eval),
    *gcn.measured(gcn.refined_masks('gcn_p', _gcn_p, 'cam', 'aff'), _eval),
    *gcn.measured(gcn.refined_masks('gcn_i', _gcn_i, 'cam', 'irn'), _eval),
    row.train_segmentor('cam', _segmentor),
    row.test_segmentor('cam', _segmentor),
    row.train_segmentor('gcn_i', _segmentor),
    row.test_segmentor('gcn_i', _segmentor),
]
report = gcn.refined_report(gcn.MASKS, ['cam', 'gcn_i'])
