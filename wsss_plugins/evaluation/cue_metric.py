"""Localization cues against the ground truth."""
import numpy as np

from ..registry import METRICS
from ..structures import (
    IGNORE_INDEX,
    UserError,
    background_index,
    check_background,
    write_json,
)
from .counting import CountingMetric
from .ground_truth import ground_truth_mask
from .tables import class_table, in_percent, log_class_table

_SAMPLINGS = ('corners', 'centers')
# The only metric that is not a share.
_PER_IMAGE = 'cells_bg'


@METRICS.register_module()
class CueMetric(CountingMetric):
    """Precision and recall of ``pred_cues`` for each class.

    The ground truth is sampled at one pixel for each grid location of the
    cues. Where cues overlap, each counts. Metrics are in percent, left out
    where they are 0 / 0: ``accuracy`` (correct cues of all cues),
    ``precision_bg``, ``precision_fg``, ``recall_bg``, ``recall_fg`` (means
    over the foreground classes that have cues, or pixels), all without
    locations whose ground truth is 255; ``labeled`` (locations with a cue)
    and ``share_fg`` (of all cues); and, no percentage, ``cells_bg``, the mean
    number of background cues per image.

    Args:
        sampling (str): Which pixel belongs to a grid location:
            ``'corners'``, the first and last locations are the first and
            last pixels, as in SEC's networks (output i is centered on input
            8 i); ``'centers'``, the locations divide the image evenly.
        background (int): Dataset class index of the background.
        out_file (str, optional): JSON with the scores by class, as
            fractions.
        prefix (str): Of metric names. Defaults to ``'cues'``.
    """

    def __init__(self,
                 sampling: str = 'corners',
                 background: int = 0,
                 out_file: str | None = None,
                 prefix: str = 'cues') -> None:
        super().__init__(prefix)
        if sampling not in _SAMPLINGS:
            raise UserError(f'CueMetric: sampling={sampling!r}; choose one of '
                            f'{", ".join(_SAMPLINGS)}')
        self.sampling = sampling
        self.background = background
        self.out_file = out_file

    def initial_state(self) -> dict[str, np.ndarray]:
        """Counts of each class, of grid locations and of images."""
        check_background(self, background_index(self.dataset_meta['classes']))
        classes = len(self.dataset_meta['classes'])
        lengths = dict(
            correct=classes,  # cues that agree with the ground truth
            judged=classes,  # cues where the ground truth is known
            made=classes,  # all cues
            actual=classes,  # locations of the class in the ground truth
            places=3)  # locations, locations with a cue, images
        return {
            key: np.zeros(length, dtype=np.int64)
            for key, length in lengths.items()
        }

    def count(self, sample: dict) -> None:
        """Count the cues of an image."""
        cues = sample['pred_cues']['data'].cpu().numpy().astype(bool)
        classes = len(self.dataset_meta['classes'])
        if len(cues) != classes:
            raise UserError(f'{sample["img_path"]}: cues of {len(cues)} '
                            f'classes, but the data set has {classes}; make '
                            'them for this data set')
        gt = sample_mask(
            ground_truth_mask(sample), cues.shape[1:], self.sampling)
        known = gt != IGNORE_INDEX
        gt_masks = gt == np.arange(classes)[:, None, None]
        self.state['correct'] += (cues & gt_masks).sum(axis=(1, 2))
        self.state['judged'] += (cues & known).sum(axis=(1, 2))
        self.state['made'] += cues.sum(axis=(1, 2))
        self.state['actual'] += gt_masks.sum(axis=(1, 2))
        self.state['places'] += known.size, cues.any(axis=0).sum(), 1

    def compute(self, states: list[dict]) -> dict[str, float]:
        """Compute the scores from the sum of the ranks' counts."""
        total = {key: sum(state[key] for state in states)
                 for key in states[0]}
        with np.errstate(invalid='ignore'):
            scores = dict(
                precision=total['correct'] / total['judged'],
                recall=total['correct'] / total['actual'])
        table = class_table(self.dataset_meta['classes'], scores)
        metrics = {
            key: value
            for key, value in self._metrics(total, scores).items()
            if not np.isnan(value)
        }
        log_class_table('cues: ' + ', '.join(
            f'{k} {v:.3f}' for k, v in metrics.items()), table)
        if self.out_file:
            write_json(
                self.out_file,
                dict(kind='cues', scores=metrics, per_class=table),
                indent=1)
        images = metrics.pop(_PER_IMAGE)
        return dict(in_percent(**metrics), **{_PER_IMAGE: images})

    def _metrics(self, total: dict[str, np.ndarray],
                 scores: dict[str, np.ndarray]) -> dict[str, float]:
        """All metrics, NaN where they are 0 / 0."""
        places, labeled, images = total['places'].tolist()
        made, of_bg = total['made'].sum(), total['made'][self.background]
        metrics = dict(
            accuracy=_ratio(total['correct'].sum(), total['judged'].sum()))
        for key, values in scores.items():
            metrics[f'{key}_bg'] = float(values[self.background])
            metrics[f'{key}_fg'] = _mean(np.delete(values, self.background))
        metrics['labeled'] = _ratio(labeled, places)
        metrics['share_fg'] = _ratio(made - of_bg, made)
        metrics[_PER_IMAGE] = _ratio(of_bg, images)
        return metrics


def _ratio(part: int, whole: int) -> float:
    return float(part / whole) if whole else float('nan')


def _mean(values: np.ndarray) -> float:
    """Mean of the defined values; NaN if there are none."""
    values = values[~np.isnan(values)]
    return float(values.mean()) if values.size else float('nan')


def sample_mask(mask: np.ndarray, size: tuple[int, int],
                sampling: str = 'corners') -> np.ndarray:
    """Sample a mask at grid locations, nearest neighbor.

    Args:
        mask (np.ndarray): (H, W).
        size (tuple[int, int]): Height and width of the grid.
        sampling (str): As in :class:`CueMetric`.

    Returns:
        np.ndarray: (h, w).
    """
    places = []
    for length, count in zip(mask.shape, size):
        index = np.arange(count)
        if sampling == 'corners':
            place = np.round(index * ((length - 1) / max(1, count - 1)))
        else:
            place = (index + .5) * length // count
        places.append(place.astype(np.int64))
    return mask[np.ix_(*places)]
