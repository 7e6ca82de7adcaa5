"""PSA on real images, on CAMs of a frozen backbone and a linear head.

``data_root`` is any folder in VOC's layout with ``image_labels.json`` and
the lists ``train.txt`` and ``val.txt``. Ground truth of the training images is
read by evaluation stages only.
"""
from wsss_plugins.pipelines.stages import affinity, common, refinement

title = 'PSA on VOC images, EfficientNet-Lite2'
data_root = 'data/voc12mini'
work_dir = 'work_dirs/psa_voc12mini'
seed = 0

_cam = 'configs/cam/linear-cam_efficientnet-lite2_voc12.py'
_net = 'configs/psa/aff_efficientnet-lite2_1xb8-500_voc12-256.py'
_net_crf = 'configs/psa/aff_efficientnet-lite2-crf_voc12-256.py'
_eval = 'configs/masks/eval_masks_voc12.py'
_segmentor = 'configs/deeplab/fcn_efficientnet-lite2_voc.py'
_training = dict(seed='{seed}')
_train_list = 'ImageSets/Segmentation/train.txt'

stages = [
    common.train_cam_network('cam', _cam, **_training),
    common.write_cams('cam', _cam),
    common.evaluate_cams('cam', 'configs/cam/eval_cams_voc12.py'),
    *refinement.with_evaluation(
        common.write_masks(
            'cam', 'configs/masks/make_masks_voc12.py',
            train_list=_train_list), _eval),
    affinity.write_affinity_labels(
        'aff',
        'configs/psa/make_labels_voc12.py',
        'cam',
        train_list=_train_list),
    affinity.train_affinity_network('aff', _net, **_training),
    *refinement.refine_cams('aff', _net, 'cam', 'aff', _eval),
    *refinement.refine_cams('aff_crf', _net_crf, 'cam', 'aff', _eval),
    *refinement.with_evaluation(
        common.write_masks(
            'crf',
            'configs/masks/make_masks_crf_voc12.py',
            'cam',
            train_list=_train_list), _eval),
    common.train_segmentor('crf', _segmentor, **_training),
    common.test_segmentor('crf', _segmentor),
    common.test_segmentor('crf', _segmentor, tta=True),
    common.train_segmentor('aff_crf', _segmentor, **_training),
    common.test_segmentor('aff_crf', _segmentor),
    common.test_segmentor('aff_crf', _segmentor, tta=True),
]
report = refinement.refinement_report(
    dict(cam='CAM', crf='CAM, CRF', aff='PSA', aff_crf='PSA, CRF'),
    ['crf', 'aff_crf'],
    num_train=16,
    num_val=10,
    tta=True)
