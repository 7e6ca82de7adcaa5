"""Ground truth of a few own images: a background chosen, all evaluated.

No stage that trains reads it. Recipes know nothing of it: what is here is put
around the stages of any of them.
"""
from collections.abc import Sequence

from .common import resumable, with_options

#: Config that chooses for masks of CAMs through a dense CRF.
CHOOSER = 'configs/own_images/choose_background.py'
_LIST = 'ImageSets/Segmentation/truth.txt'
_TRUTH = ['{data_root}/truth']
_EVALUATION = 'configs/own_images/eval_masks.py'


def with_truth(stages: Sequence[dict],
               choice: str | None = CHOOSER) -> list[dict]:
    """Stages of a recipe, and those that ground truth makes possible.

    The CAMs are evaluated as soon as they are there (stage ``eval_cam``), the
    background of ``masks_cam`` is chosen (``choose``), that of ``masks_seg``
    with it, and its masks
    (``eval_masks``), the final ones (``eval_final``) and those of the
    segmentor without any label (``seg_alone``, ``eval_seg``) are evaluated.

    Args:
        stages (Sequence[dict]): Of :mod:`.own_images`.
        choice (str, optional): Config that chooses for ``masks_cam``; None:
            nothing is chosen.
    """
    chooses = choice is not None and _takes_choice(stages)
    found = []
    for stage in stages:
        name = stage['name']
        if name == 'masks_cam' and chooses:
            found.append(_choose(choice, stage['cfg_options']['cam_dir']))
        if name in ('masks_cam', 'masks_seg') and chooses:
            stage = with_options(stage, chosen='{choose}/chosen.json')
        found.append(stage)
        if name == 'cam':
            found.append(_evaluate_cams())
        elif name == 'masks_cam':
            found.append(_evaluate_masks('eval_masks', 'masks_cam'))
        elif name == 'seg':
            found += [_predict_alone(stage),
                      _evaluate_masks('eval_seg', 'seg_alone')]
        elif name == 'final':
            found.append(_evaluate_masks('eval_final', 'final'))
    return found


def _takes_choice(stages: Sequence[dict]) -> bool:
    """Whether masks are made of CAM files, with no network in between."""
    return any(stage['name'] == 'masks_cam' and 'checkpoint' not in stage
               for stage in stages)


def with_truth_report(report: dict) -> dict:
    """Entry ``report`` of such a pipeline: scores, and truth beside masks."""
    truth = dict(title='ground truth', kind='mask',
                 path='{data_root}/truth/{name}.png')
    groups = [dict(group, columns=list(group['columns']))
              for group in report.get('samples', [])]
    shown = [dict(group, title='Images with ground truth',
                  names='{data_root}/' + _LIST,
                  columns=[*group['columns'], truth]) for group in groups[:1]]
    return dict(report, samples=[*shown, *groups],
                truth='{data_root}/ImageSets/Segmentation/segmentor.txt')


def _evaluate_cams() -> dict:
    return dict(
        name='eval_cam',
        kind='test',
        config='configs/own_images/eval_cams.py',
        inputs=[*_TRUTH],
        cfg_options={
            'data_root': '{data_root}',
            'eval_list': _LIST,
            'train_masks': 'truth',
            'cam_dir': '{cam}/files',
            'test_evaluator.0.out_file': '{stage_dir}/sweep.json',
            'test_evaluator.1.out_file': '{stage_dir}/masks.json'
        })


def _choose(config: str, cam_dir: str) -> dict:
    return dict(
        name='choose',
        kind='test',
        config=config,
        inputs=[*_TRUTH],
        cfg_options=dict(
            data_root='{data_root}',
            eval_list=_LIST,
            train_masks='truth',
            cam_dir=cam_dir,
            out_file='{stage_dir}/chosen.json'))


def _evaluate_masks(name: str, source: str) -> dict:
    return dict(
        name=name,
        kind='test',
        config=_EVALUATION,
        inputs=[*_TRUTH],
        cfg_options={
            'data_root': '{data_root}',
            'eval_list': _LIST,
            'train_masks': 'truth',
            'mask_dir': f'{{{source}}}/files',
            'test_evaluator.0.out_file': '{stage_dir}/masks.json'
        })


def _predict_alone(stage: dict) -> dict:
    """The segmentor on these images as on new ones: it knows no labels."""
    options = {
        **stage['cfg_options'], 'test_list': _LIST,
        'test_evaluator.keep_to_labels': False,
        **resumable('.png')
    }
    return dict(stage, name='seg_alone', cfg_options=options)
