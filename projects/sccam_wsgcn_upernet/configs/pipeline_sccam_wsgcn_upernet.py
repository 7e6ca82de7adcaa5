"""SC-CAM, WSGCN and a stock segmentor on PASCAL VOC 2012.

SC-CAM on Swin-T gives CAMs, WSGCN refines them with the affinities of IRNet,
and UPerNet of mmseg trains on the pseudo masks.
"""
from wsss_plugins.pipelines.stages import affinity, common, refinement

title = 'SC-CAM on Swin-T, WSGCN, UPerNet'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/sccam_wsgcn_upernet'

_cam = 'sccam_swin-t_voc12.py'
_irn = 'configs/irn/irn_resnet50_1xb32-1k_voc12-512.py'
_gcn = 'configs/wsgcn/wsgcn-i_resnet50_voc12-512.py'
_segmentor = 'upernet_r50_sccam-wsgcn-masks.py'
_eval = 'configs/masks/eval_masks_voc12.py'
_masks = dict(cam='CAM', irn='IRNet', gcn_i='WSGCN-I')

stages = [
    common.train_cam_network('cam', _cam),
    common.write_cams('cam', _cam),
    common.evaluate_cams('cam', 'configs/sccam/eval_cams_sccam_voc12.py'),
    *refinement.with_evaluation(
        common.write_masks('cam', 'configs/masks/make_masks_voc12.py'), _eval),
    affinity.write_affinity_labels('irn',
                                   'configs/irn/make_ir_labels_voc12.py',
                                   'cam'),
    affinity.train_affinity_network('irn', _irn),
    *refinement.refine_cams('irn', _irn, 'cam', 'irn', _eval),
    *refinement.refine_cams('gcn_i', _gcn, 'cam', 'irn', _eval),
    common.train_segmentor('gcn_i', _segmentor),
    common.test_segmentor('gcn_i', _segmentor),
]
report = refinement.refinement_report(_masks, ['gcn_i'])
