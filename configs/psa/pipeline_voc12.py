"""The paper's experiment on PASCAL VOC 2012: PSA to DeepLab V2."""
from wsss_plugins.pipelines.stages import affinity, common

title = 'PSA on PASCAL VOC 2012'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/psa_voc12'

_cam = 'configs/cam/cam_resnet38_1xb16-10k_voc12-448.py'
_net = 'configs/psa/aff_resnet38_1xb8-11k_voc12-448.py'
_segmentor = 'configs/deeplab/deeplabv2_r101_voc12-321.py'

stages = [
    common.train_cam_network('cam', _cam),
    common.write_cams('cam', _cam),
    common.evaluate_cams('cam', 'configs/cam/eval_cams_voc12.py'),
    common.write_masks('cam', 'configs/masks/make_masks_voc12.py'),
    affinity.write_affinity_labels('aff', 'configs/psa/make_labels_voc12.py',
                                   'cam'),
    affinity.train_affinity_network('aff', _net),
    affinity.write_propagated_masks('aff', _net, 'cam'),
    common.evaluate_masks('aff', 'configs/masks/eval_masks_voc12.py'),
    common.train_segmentor('cam', _segmentor),
    common.test_segmentor('cam', _segmentor),
    common.test_segmentor('cam', _segmentor, tta=True),
    common.train_segmentor('aff', _segmentor),
    common.test_segmentor('aff', _segmentor),
    common.test_segmentor('aff', _segmentor, tta=True),
]
report = affinity.affinity_report('aff', tta=True)
