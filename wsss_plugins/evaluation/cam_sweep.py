"""CAMs against the ground truth at every background threshold."""
import numpy as np
import torch.nn.functional as F

from ..ops.cam.confusion import (
    ThresholdSweep,
    best_class,
    scores_from_confusion,
)
from ..registry import METRICS
from ..structures import ClassSpace, write_json
from .counting import CountingMetric
from .ground_truth import ground_truth_mask
from .tables import class_table, in_percent, log_class_table


@METRICS.register_module()
class CAMSweepMetric(CountingMetric):
    """Pseudo-mask mIoU of ``pred_cam`` as the background threshold varies.

    ``miou_best``, ``precision_best`` and ``recall_best`` are those at
    ``threshold_best``, ``miou_at_report`` that at ``report_threshold``; all
    but the threshold in percent, as of mmseg's ``IoUMetric``. One pass over
    the images serves all thresholds. CAMs are resized to the ground truth; a
    pixel is foreground where its best class exceeds the threshold. IoU is
    from one confusion matrix over the set; classes that neither occur nor are
    predicted are left out of the mean (EPS' ``evaluate_png.py``).

    Args:
        start, stop (float): Range of thresholds. Defaults to 0.01 and 0.6.
        num (int): Number of thresholds. Defaults to 60.
        report_threshold (float): Threshold that is also reported, as it is
            chosen without ground truth. Defaults to 0.2 (EPS).
        out_file (str, optional): JSON with curves and the table by class,
            as fractions.
        prefix (str): Of metric names. Defaults to ``'cam'``.
    """

    def __init__(self,
                 start: float = .01,
                 stop: float = .6,
                 num: int = 60,
                 report_threshold: float = .2,
                 out_file: str | None = None,
                 prefix: str = 'cam') -> None:
        super().__init__(prefix)
        self.thresholds = np.linspace(start, stop, num)
        self.report_threshold = report_threshold
        self.out_file = out_file

    def initial_state(self) -> ThresholdSweep:
        """An empty histogram."""
        space = ClassSpace(self.dataset_meta['classes'])
        return ThresholdSweep(self._all_thresholds(), len(space.names),
                              space.background)

    def count(self, sample: dict) -> None:
        """Count the pixels of an image."""
        gt = ground_truth_mask(sample)
        best = self._best(sample, gt.shape, self.state.background)
        self.state.update(gt, *best)

    def _all_thresholds(self) -> np.ndarray:
        """Thresholds of the range, and the reported one."""
        # 0.1 and linspace's 0.09999999999999999 are the same threshold.
        if np.isclose(self.thresholds, self.report_threshold).any():
            return self.thresholds
        return np.union1d(self.thresholds, [self.report_threshold])

    @staticmethod
    def _best(sample: dict, size: tuple[int, int],
              background: int) -> tuple[np.ndarray, np.ndarray]:
        """Best class of each pixel and its score."""
        maps = sample['pred_cam']['data'].float()
        labels = sample['pred_cam_label']
        keep = labels != background
        maps, labels = maps[keep], labels[keep]
        if not len(labels):
            return (np.full(size, background, dtype=np.uint8),
                    np.full(size, -np.inf, dtype=np.float32))
        if tuple(maps.shape[1:]) != size:
            maps = F.interpolate(maps[None], size, mode='bilinear')[0]
        return best_class(maps.cpu().numpy(), labels.cpu().numpy())

    def compute(self, states: list[ThresholdSweep]) -> dict[str, float]:
        """Compute the curves from the sum of the ranks' counts."""
        sweep = states[0]
        sweep.histogram = sum(state.histogram for state in states)
        matrices = sweep.matrices()
        scores = scores_from_confusion(matrices)
        miou = np.nanmean(scores['iou'], axis=1)
        best = int(miou.argmax())
        thresholds = self._all_thresholds()
        reported = int(np.abs(thresholds - self.report_threshold).argmin())
        names = self.dataset_meta['classes']
        table = class_table(names, {k: v[best] for k, v in scores.items()})
        log_class_table(f'at the best threshold, {thresholds[best]:.3f}',
                        table)
        foreground = [i for i in range(len(names)) if i != sweep.background]
        curves = {
            key: _mean_of_defined(scores[key][:, foreground])
            for key in ('precision', 'recall')
        }
        if self.out_file:
            self._write(thresholds, miou, curves, best, table)
        return dict(
            threshold_best=float(thresholds[best]),
            **in_percent(
                miou_best=miou[best],
                miou_at_report=miou[reported],
                precision_best=curves['precision'][best],
                recall_best=curves['recall'][best]))

    def _write(self, thresholds: np.ndarray, miou: np.ndarray,
               curves: dict[str, np.ndarray], best: int, table: dict) -> None:
        write_json(
            self.out_file,
            dict(
                kind='sweep',
                thresholds=thresholds.tolist(),
                miou=miou.tolist(),
                precision=curves['precision'].tolist(),
                recall=curves['recall'].tolist(),
                best=dict(
                    threshold=float(thresholds[best]),
                    miou=float(miou[best]),
                    per_class=table)))


def _mean_of_defined(scores: np.ndarray) -> np.ndarray:
    """Mean over classes, (T,); 0 where no class has a score."""
    defined = ~np.isnan(scores)
    total = np.where(defined, scores, 0).sum(axis=1)
    return total / np.maximum(defined.sum(axis=1), 1)
