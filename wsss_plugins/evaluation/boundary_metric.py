"""Borders of pseudo masks against those of the ground truth."""
from collections.abc import Sequence

import numpy as np

from ..ops.cam.boundaries import fill_ignored, label_edges, match_boundaries
from ..registry import METRICS
from ..structures import UserError
from .counting import CountingMetric
from .ground_truth import ground_truth_mask
from .tables import in_percent


@METRICS.register_module()
class BoundaryMetric(CountingMetric):
    """Precision, recall and F1, in percent, of borders of ``pred_sem_seg``.

    The boundary experiment of EPS (CVPR 2021): borders between any labels,
    whatever the classes, against those of the ground truth. The paper takes
    SBD's borders and does not give its tolerance; masks of SBD as ground
    truth give the same borders. Counts are summed over the images. Pixels
    without a label, as VOC has along each border, get the nearest one first.

    Args:
        tolerance (float): Most distance of counterparts, as a share of the
            image's diagonal. Defaults to 0.0075, BSDS' own, about 5 pixels
            of an image of VOC.
        prefix (str): Of metric names. Defaults to ``'boundary'``.

    Raises:
        UserError: If the tolerance is negative.
    """

    def __init__(self,
                 tolerance: float = .0075,
                 prefix: str = 'boundary') -> None:
        super().__init__(prefix)
        if tolerance < 0:
            raise UserError(f'BoundaryMetric: tolerance={tolerance} is '
                            'negative')
        self.tolerance = tolerance

    def initial_state(self) -> np.ndarray:
        """No pixels."""
        return np.zeros(4, dtype=np.int64)

    def count(self, sample: dict) -> None:
        """Count the border pixels of an image."""
        gt = ground_truth_mask(sample)
        pred = sample['pred_sem_seg']['data'][0].cpu().numpy()
        if pred.shape != gt.shape:
            raise UserError(
                f'{sample["img_path"]}: the mask is {pred.shape}, but the '
                f'ground truth is {gt.shape}; compare masks at the size of '
                'images')
        distance = self.tolerance * np.hypot(*gt.shape)
        self.state = self.state + np.array(
            match_boundaries(
                label_edges(fill_ignored(pred)),
                label_edges(fill_ignored(gt)), distance))

    def compute(self, states: Sequence[np.ndarray]) -> dict[str, float]:
        """Scores from the sum of the ranks' counts."""
        predicted, right, true, found = sum(states).tolist()
        precision = right / predicted if predicted else 0.
        recall = found / true if true else 0.
        both = precision + recall
        return in_percent(
            precision=precision,
            recall=recall,
            f1=2 * precision * recall / both if both else 0.)
