"""The same CAMs of real images through a CRF, superpixels, and both.

``data_root`` is any folder in VOC's layout with ``image_labels.json`` and
the lists ``train.txt`` and ``val.txt``. Ground truth of the training images is
read by evaluation stages only.
"""
from wsss_plugins.pipelines.stages import common, proposals, refinement

title = 'Mask proposals on VOC images'
data_root = 'data/voc12mini'
work_dir = 'work_dirs/proposals_voc12mini'
seed = 0

_cam = 'configs/cam/linear-cam_efficientnet-lite2_voc12.py'
_eval = 'configs/masks/eval_masks_voc12.py'
_list = dict(train_list='ImageSets/Segmentation/train.txt')

stages = [
    common.train_cam_network('cam', _cam, seed='{seed}', **_list),
    common.with_options(common.write_cams('cam', _cam), **_list),
    common.evaluate_cams('cam', 'configs/cam/eval_cams_voc12.py'),
    proposals.make_proposals(),
    *refinement.with_evaluation(
        common.write_masks('cam', 'configs/masks/make_masks_voc12.py',
                           **_list), _eval),
    *refinement.with_evaluation(
        common.write_masks('crf', 'configs/masks/make_masks_crf_voc12.py',
                           'cam', **_list), _eval),
    *refinement.with_evaluation(
        proposals.write_proposal_masks(
            'proposals', 'configs/proposals/make_masks_proposals_voc12.py',
            'cam', **_list), _eval),
    *refinement.with_evaluation(
        proposals.write_proposal_masks(
            'both', 'configs/proposals/make_masks_crf_proposals_voc12.py',
            'cam', **_list), _eval),
]
report = refinement.refinement_report(
    dict(cam='CAM', crf='CRF', proposals='proposals',
         both='CRF and proposals'), [])
