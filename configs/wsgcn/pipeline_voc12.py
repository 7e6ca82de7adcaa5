"""The paper's experiment on PASCAL VOC 2012: WSGCN-I to DeepLab V2."""
from wsss_plugins.pipelines.stages import common as row, refinement as gcn

title = 'WSGCN on PASCAL VOC 2012'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/wsgcn_voc12'

_cam = 'configs/irn/cam_resnet50_1xb16-3k_voc12-512.py'
_irn = 'configs/irn/irn_resnet50_1xb32-1k_voc12-512.py'
_gcn = 'configs/wsgcn/wsgcn-i_resnet50_voc12-512.py'
_eval = 'configs/eps/eval_masks_voc12.py'
_segmentor = 'configs/eps/deeplabv2_voc.py'

stages = [
    row.train_cam_network('cam', _cam),
    row.write_cams('cam', _cam),
    row.evaluate_cams('cam', 'configs/eps/eval_cams_voc12.py'),
    *gcn.measured(
        row.write_masks('cam', 'configs/eps/make_masks_voc12.py'), _eval),
    *gcn.train_network('irn', _irn, 'configs/irn/make_ir_labels_voc12.py',
                       'cam'),
    *gcn.measured(gcn.refined_masks('irn', _irn, 'cam', 'irn'), _eval),
    *gcn.measured(gcn.refined_masks('gcn_i', _gcn, 'cam', 'irn'), _eval),
    row.train_segmentor('cam', _segmentor),
    row.test_segmentor('cam', _segmentor),
    row.train_segmentor('gcn_i', _segmentor),
    row.test_segmentor('gcn_i', _segmentor),
]
report = gcn.refined_report(['cam', 'irn', 'gcn_i'], ['cam', 'gcn_i'])
