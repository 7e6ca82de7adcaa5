"""Localization cues against true masks."""
import numpy as np

from ..registry import METRICS
from ..structures import IGNORE_INDEX, UserError, write_json
from .counting import CountingMetric
from .ground_truth import true_mask
from .tables import class_table, log_class_table

_SAMPLINGS = ('corners', 'centers')


@METRICS.register_module()
class CueMetric(CountingMetric):
    """Precision and recall of ``pred_cues`` for each class.

    The true mask is sampled at one pixel for each cell of the grid. Where
    cues overlap, each counts. Metrics are fractions, left out where they are
    0 / 0: ``accuracy`` (right cues of all cues), ``precision_bg``,
    ``precision_fg``, ``recall_bg``, ``recall_fg`` (means over the foreground
    classes that have cues, or pixels), in none of which cells count whose
    truth is 255; ``labeled`` (cells with a cue) and ``share_fg`` (of all
    cues); and ``cells_bg``, the mean number of background cues of an image.

    Args:
        sampling (str): Which pixel belongs to a cell: ``'corners'``, first
            and last cells lie on the first and last pixels, as in SEC's nets
            (output i is centered on input 8 i); ``'centers'``, cells divide
            the image evenly.
        background (int): Dataset class index of the background.
        out_file (str, optional): JSON with the scores by class.
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
        """Counts of each class, and of cells and images."""
        classes = len(self.dataset_meta['classes'])
        lengths = dict(
            right=classes,  # cues that agree with the truth
            judged=classes,  # cues where the truth is known
            made=classes,  # all cues
            truth=classes,  # cells of the class
            cells=3)  # cells, cells with a cue, images
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
        truth = sample_mask(
            true_mask(sample), cues.shape[1:], self.sampling)
        known = truth != IGNORE_INDEX
        true_masks = truth == np.arange(classes)[:, None, None]
        self.state['right'] += (cues & true_masks).sum(axis=(1, 2))
        self.state['judged'] += (cues & known).sum(axis=(1, 2))
        self.state['made'] += cues.sum(axis=(1, 2))
        self.state['truth'] += true_masks.sum(axis=(1, 2))
        self.state['cells'] += known.size, cues.any(axis=0).sum(), 1

    def compute(self, states: list[dict]) -> dict[str, float]:
        """Scores from the sum of the ranks' counts."""
        total = {key: sum(state[key] for state in states)
                 for key in states[0]}
        with np.errstate(invalid='ignore'):
            scores = dict(
                precision=total['right'] / total['judged'],
                recall=total['right'] / total['truth'])
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
        return metrics

    def _metrics(self, total: dict[str, np.ndarray],
                 scores: dict[str, np.ndarray]) -> dict[str, float]:
        """All metrics, NaN where they are 0 / 0."""
        cells, labeled, images = total['cells'].tolist()
        made, of_bg = total['made'].sum(), total['made'][self.background]
        metrics = dict(
            accuracy=_ratio(total['right'].sum(), total['judged'].sum()))
        for key, values in scores.items():
            metrics[f'{key}_bg'] = float(values[self.background])
            metrics[f'{key}_fg'] = _mean(np.delete(values, self.background))
        metrics['labeled'] = _ratio(labeled, cells)
        metrics['share_fg'] = _ratio(made - of_bg, made)
        metrics['cells_bg'] = _ratio(of_bg, images)
        return metrics


def _ratio(part: int, whole: int) -> float:
    return float(part / whole) if whole else float('nan')


def _mean(values: np.ndarray) -> float:
    """Mean of what is defined; NaN if nothing is."""
    values = values[~np.isnan(values)]
    return float(values.mean()) if values.size else float('nan')


def sample_mask(mask: np.ndarray, size: tuple[int, int],
                sampling: str = 'corners') -> np.ndarray:
    """One pixel of a mask for each cell of a grid, nearest neighbor.

    Args:
        mask (np.ndarray): (H, W).
        size (tuple[int, int]): Height and width of the grid.
        sampling (str): As in :class:`CueMetric`.

    Returns:
        np.ndarray: (h, w).
    """
    places = []
    for length, cells in zip(mask.shape, size):
        index = np.arange(cells)
        if sampling == 'corners':
            place = np.round(index * ((length - 1) / max(1, cells - 1)))
        else:
            place = (index + .5) * length // cells
        places.append(place.astype(np.int64))
    return mask[np.ix_(*places)]
