"""Which threshold of class probabilities finds the labels of images best."""
import numpy as np

from ..registry import METRICS
from ..structures import write_json
from .counting import CountingMetric
from .folder_writer import require_prediction

STEPS = 100


@METRICS.register_module()
class ScoreThresholdMetric(CountingMetric):
    """F1 of the classes found in images, at each threshold.

    Run it on held-out images with known labels, and give the best threshold
    as ``model.score_threshold`` for images without.

    Args:
        out_file (str, optional): JSON with F1 at all thresholds.
        prefix (str): Of metric names. Defaults to ``'label'``.
    """

    def __init__(self,
                 out_file: str | None = None,
                 prefix: str = 'label') -> None:
        super().__init__(prefix)
        self.out_file = out_file

    def initial_state(self) -> np.ndarray:
        """Hits, false alarms and misses at each threshold, (3, STEPS)."""
        return np.zeros((3, STEPS), dtype=np.int64)

    def count(self, sample: dict) -> None:
        """Add an image with ``pred_score`` (C,) and ``gt_score`` (C,).

        Raises:
            UserError: If the model predicts no class scores.
        """
        require_prediction(sample, 'pred_score', self)
        probs = sample['pred_score'].float().cpu().numpy()
        known = sample['gt_score'].cpu().numpy() > 0
        found = probs[None] >= _thresholds()[:, None]
        self.state += np.stack([(found & known).sum(axis=1),
                                (found & ~known).sum(axis=1),
                                (~found & known).sum(axis=1)])

    def compute(self, states: list[np.ndarray]) -> dict[str, float]:
        """The best threshold and its F1, over the images of all ranks."""
        hits, alarms, misses = sum(states)
        f1 = 2 * hits / np.maximum(2 * hits + alarms + misses, 1)
        best = int(f1.argmax())
        thresholds = _thresholds()
        if self.out_file:
            write_json(self.out_file, dict(
                thresholds=thresholds.tolist(), f1=f1.tolist()))
        return dict(threshold=float(thresholds[best]),
                    f1_best=float(f1[best]))


def _thresholds() -> np.ndarray:
    return np.arange(1, STEPS + 1) / STEPS
