"""Two papers and a stock segmentor in a row, on PASCAL VOC 2012.

SC-CAM on Swin-T finds objects, WSGCN refines its class maps on IRNet's
affinities, mmseg's UPerNet learns from the masks.
"""
from wsss_plugins.pipelines.stages import common as row, refinement as gcn

title = 'SC-CAM on Swin-T, WSGCN, UPerNet'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/sccam_wsgcn_upernet'

_cam = 'projects/sccam_wsgcn_upernet/configs/sccam_swin-t_voc12.py'
_irn = 'configs/irn/irn_resnet50_1xb32-1k_voc12-512.py'
_gcn = 'configs/wsgcn/wsgcn-i_resnet50_voc12-512.py'
_segmentor = ('projects/sccam_wsgcn_upernet/configs/'
              'upernet_r50_sccam-wsgcn-masks.py')
_eval = 'configs/eps/eval_masks_voc12.py'

stages = [
    row.train_cam_network('cam', _cam),
    row.write_cams('cam', _cam),
    row.evaluate_cams('cam', 'configs/sccam/eval_cams_sccam_voc12.py'),
    *gcn.measured(
        row.write_masks('cam', 'configs/eps/make_masks_voc12.py'), _eval),
    *gcn.train_network('irn', _irn, 'configs/irn/make_ir_labels_voc12.py',
                       'cam'),
    *gcn.measured(gcn.refined_masks('irn', _irn, 'cam', 'irn'), _eval),
    *gcn.measured(gcn.refined_masks('gcn_i', _gcn, 'cam', 'irn'), _eval),
    row.train_segmentor('gcn_i', _segmentor),
    row.test_segmentor('gcn_i', _segmentor),
]
report = gcn.refined_report(['cam', 'irn', 'gcn_i'], ['gcn_i'])
