"""What ground truth says, on the command line."""
from ...pipelines.pipeline import Pipeline
from ...reports.collect import collect_results
from ...reports.results.chosen import ChosenResult
from ...reports.results.few_images import FewImagesResult

_WHAT = dict(eval_cam='CAMs', eval_masks='masks of the CAMs',
             eval_final='final masks', eval_seg='segmentor without labels')


def truth_lines(pipeline: Pipeline) -> list[str]:
    """Lines on what was chosen and evaluated; none without ground truth."""
    lines = []
    for stage in collect_results(pipeline):
        choice = stage.result(ChosenResult)
        if choice is not None:
            lines.append(f'chosen by ground truth: {choice.choice.told()}')
        scores = stage.result(FewImagesResult)
        if scores is not None and scores.miou is not None:
            low, high = (100 * x for x in scores.interval)
            lines.append(
                f'{_WHAT.get(stage.name, stage.name)}: mIoU '
                f'{100 * scores.miou:.1f} on {scores.images} images with '
                f'ground truth (95 % interval {low:.1f} to {high:.1f})')
    return lines
