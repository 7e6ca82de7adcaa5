"""The same CAMs of TinyVOC through a CRF, superpixels, and both."""
from wsss_plugins.pipelines.stages import common, proposals, refinement

title = 'Mask proposals on TinyVOC'
data_root = 'data/tinyvoc'
work_dir = 'work_dirs/proposals_tinyvoc'

_cam = 'configs/cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
_eval = 'configs/masks/eval_masks_tinyvoc.py'
_segmentor = 'configs/deeplab/deeplabv2_r18-small_tinyvoc.py'
_masks = dict(cam='CAM', crf='CRF', proposals='proposals',
              both='CRF and proposals')

stages = [
    common.run_tool(
        'data',
        'tools/dataset_converters/make_tinyvoc.py',
        '{data_root}',
        external=True),
    common.train_cam_network('cam', _cam),
    common.write_cams('cam', _cam),
    common.evaluate_cams('cam', 'configs/cam/eval_cams_tinyvoc.py'),
    proposals.make_proposals(),
    *refinement.with_evaluation(
        common.write_masks('cam', 'configs/masks/make_masks_tinyvoc.py'),
        _eval),
    *refinement.with_evaluation(
        common.write_masks(
            'crf', 'configs/masks/make_masks_crf_tinyvoc.py', 'cam'), _eval),
    *refinement.with_evaluation(
        proposals.write_proposal_masks(
            'proposals', 'configs/proposals/make_masks_proposals_tinyvoc.py',
            'cam'), _eval),
    *refinement.with_evaluation(
        proposals.write_proposal_masks(
            'both', 'configs/proposals/make_masks_crf_proposals_tinyvoc.py',
            'cam'), _eval),
    common.train_segmentor('proposals', _segmentor),
    common.test_segmentor('proposals', _segmentor),
]
report = refinement.refinement_report(_masks, ['proposals'])
