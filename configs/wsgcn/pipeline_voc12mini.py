"""PSA's and IRNet's random walks and WSGCN on real images, of the same CAMs.

``data_root`` is any folder in VOC's layout with ``image_labels.json`` and
the lists ``train.txt`` and ``val.txt``. Ground truth of the training images is
read by evaluation stages only. ``NAME_iters`` make a training shorter.
"""
from wsss_plugins.pipelines.stages import affinity, common, refinement

title = 'WSGCN on VOC images, EfficientNet-Lite2'
data_root = 'data/voc12mini'
work_dir = 'work_dirs/wsgcn_voc12mini'
seed = 0
aff_iters = 500
irn_iters = 400

_cam = 'configs/cam/linear-cam_efficientnet-lite2_voc12.py'
_psa = 'configs/psa/aff_efficientnet-lite2_1xb8-500_voc12-256.py'
_psa_crf = 'configs/psa/aff_efficientnet-lite2-crf_voc12-256.py'
_irn = 'configs/irn/irn_efficientnet-lite2_1xb8-400_voc12-256.py'
_irn_crf = 'configs/irn/irn_efficientnet-lite2-crf_voc12-256.py'
_gcn_p = 'configs/wsgcn/wsgcn-p_efficientnet-lite2_voc12-256.py'
_gcn_i = 'configs/wsgcn/wsgcn-i_efficientnet-lite2_voc12-256.py'
_eval = 'configs/masks/eval_masks_voc12.py'
_segmentor = 'configs/deeplab/fcn_efficientnet-lite2_voc.py'
_training = dict(seed='{seed}')
_train_list = 'ImageSets/Segmentation/train.txt'
_titles = dict(
    cam='CAM',
    crf='CAM, CRF',
    aff='PSA',
    aff_crf='PSA, CRF',
    irn='IRNet',
    irn_crf='IRNet, CRF',
    gcn_p='WSGCN-P',
    gcn_i='WSGCN-I')


def _network(name, config, labels):
    return [
        affinity.write_affinity_labels(
            name, labels, 'cam', train_list=_train_list),
        affinity.train_affinity_network(
            name, config, max_iters=f'{{{name}_iters}}', **_training)
    ]


def _masks(name, config):
    return refinement.with_evaluation(
        common.write_masks(name, config, 'cam', train_list=_train_list), _eval)


stages = [
    common.train_cam_network('cam', _cam, **_training),
    common.write_cams('cam', _cam),
    common.evaluate_cams('cam', 'configs/cam/eval_cams_voc12.py'),
    *_masks('cam', 'configs/masks/make_masks_voc12.py'),
    *_masks('crf', 'configs/masks/make_masks_crf_voc12.py'),
    *_network('aff', _psa, 'configs/psa/make_labels_voc12.py'),
    *refinement.refine_cams('aff', _psa, 'cam', 'aff', _eval),
    *refinement.refine_cams('aff_crf', _psa_crf, 'cam', 'aff', _eval),
    *_network('irn', _irn, 'configs/irn/make_ir_labels_voc12.py'),
    *refinement.refine_cams('irn', _irn, 'cam', 'irn', _eval),
    *refinement.refine_cams('irn_crf', _irn_crf, 'cam', 'irn', _eval),
    *refinement.refine_cams('gcn_p', _gcn_p, 'cam', 'aff', _eval),
    *refinement.refine_cams('gcn_i', _gcn_i, 'cam', 'irn', _eval),
    common.train_segmentor('crf', _segmentor, **_training),
    common.test_segmentor('crf', _segmentor),
    common.test_segmentor('crf', _segmentor, tta=True),
    common.train_segmentor('gcn_i', _segmentor, **_training),
    common.test_segmentor('gcn_i', _segmentor),
    common.test_segmentor('gcn_i', _segmentor, tta=True),
]
report = refinement.refinement_report(
    _titles, ['crf', 'gcn_i'], num_train=16, num_val=10, tta=True)
