"""The paper's experiment on PASCAL VOC 2012: WSGCN-I to DeepLab V2."""
from wsss_plugins.pipelines.stages import affinity, common, refinement

title = 'WSGCN on PASCAL VOC 2012'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/wsgcn_voc12'

_cam = 'configs/cam/cam_resnet50_1xb16-3k_voc12-512.py'
_irn = 'configs/irn/irn_resnet50_1xb32-1k_voc12-512.py'
_gcn = 'configs/wsgcn/wsgcn-i_resnet50_voc12-512.py'
_eval = 'configs/masks/eval_masks_voc12.py'
_segmentor = 'configs/deeplab/deeplabv2_r101_voc12-321.py'
_masks = dict(cam='CAM', irn='IRNet', gcn_i='WSGCN-I')

stages = [
    common.train_cam_network('cam', _cam),
    common.write_cams('cam', _cam),
    common.evaluate_cams('cam', 'configs/cam/eval_cams_voc12.py'),
    *refinement.with_evaluation(
        common.write_masks('cam', 'configs/masks/make_masks_voc12.py'), _eval),
    affinity.write_affinity_labels('irn',
                                   'configs/irn/make_ir_labels_voc12.py',
                                   'cam'),
    affinity.train_affinity_network('irn', _irn),
    *refinement.refine_cams('irn', _irn, 'cam', 'irn', _eval),
    *refinement.refine_cams('gcn_i', _gcn, 'cam', 'irn', _eval),
    common.train_segmentor('cam', _segmentor),
    common.test_segmentor('cam', _segmentor),
    common.test_segmentor('cam', _segmentor, tta=True),
    common.train_segmentor('gcn_i', _segmentor),
    common.test_segmentor('gcn_i', _segmentor),
    common.test_segmentor('gcn_i', _segmentor, tta=True),
]
report = refinement.refinement_report(_masks, ['cam', 'gcn_i'], tta=True)
