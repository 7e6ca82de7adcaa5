"""The paper's experiment on PASCAL VOC 2012: PSA to DeepLab V2."""
from wsss_plugins.pipelines.stages import affinity as walk, common as row

title = 'PSA on PASCAL VOC 2012'
data_root = 'data/VOCdevkit/VOC2012'
work_dir = 'work_dirs/psa_voc12'

_cam = 'configs/psa/cam_resnet38_1xb16-10k_voc12-448.py'
_net = 'configs/psa/aff_resnet38_1xb8-11k_voc12-448.py'
_segmentor = 'configs/eps/deeplabv2_voc.py'

stages = [
    row.train_cam_network('cam', _cam),
    row.write_cams('cam', _cam),
    row.evaluate_cams('cam', 'configs/eps/eval_cams_voc12.py'),
    row.write_masks('cam', 'configs/eps/make_masks_voc12.py'),
    walk.write_affinity_labels('aff', 'configs/psa/make_labels_voc12.py',
                               'cam'),
    walk.train_affinity('aff', _net),
    walk.walk_masks('aff', _net, 'cam'),
    row.evaluate_masks('aff', 'configs/eps/eval_masks_voc12.py'),
    row.train_segmentor('cam', _segmentor),
    row.test_segmentor('cam', _segmentor),
    row.train_segmentor('aff', _segmentor),
    row.test_segmentor('aff', _segmentor),
]
report = walk.walk_report('aff')
