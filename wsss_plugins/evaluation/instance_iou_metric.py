"""Masks of a generator against the ground truth, while it is tested."""
from collections.abc import Sequence
from typing import Any

from mmengine.dist import all_gather_object, is_main_process
from mmengine.evaluator import BaseMetric

from ..ops.cam.components import num_parts
from ..registry import METRICS
from ..structures import (
    CocoFile,
    UserError,
    decode_mask,
    encode_mask,
    segment_rle,
)
from .instance_scores import InstanceScores, class_names
from .object_masks import object_mask
from .tables import log_class_table


@METRICS.register_module()
class InstanceIoUMetric(BaseMetric):
    """Mean IoU of ``pred_prob``, pasted into the image, for each threshold.

    Metrics are those of :class:`InstanceScores` at the first threshold;
    ``miou@T`` for every threshold; ``best`` and ``best_threshold``, the
    threshold of the greatest ``miou``, and ``best_split`` and ``best_whole``
    there, of objects cut in two or more and of the others: choose it on
    images whose ground truth may be used, such as a validation set.

    Args:
        ann_file (str): COCO json with the ground-truth masks of the objects.
            Crowd regions must not be tested.
        thresholds (Sequence[float]): Probabilities that a mask must exceed,
            in [0, 1).
        prefix (str): Of metric names. Defaults to ``'objects'``.

    Raises:
        UserError: If there is no threshold or one is out of range.
    """

    def __init__(self,
                 ann_file: str,
                 thresholds: Sequence[float] = (.1, .3, .5),
                 prefix: str = 'objects') -> None:
        super().__init__(collect_device='cpu', prefix=prefix)
        self.thresholds = tuple(thresholds)
        if not self.thresholds or not all(
                0 <= t < 1 for t in self.thresholds):
            raise UserError(f'InstanceIoUMetric: thresholds={thresholds!r}; '
                            'give numbers in [0, 1)')
        self.ann_file = ann_file
        self._ground_truth: dict[int, dict[str, Any]] | None = None
        self._scores: dict[int, list[InstanceScores]] = {}

    def _annotation(self, number: int) -> dict[str, Any]:
        """Annotation of an object in the ground truth, its mask as RLE."""
        if self._ground_truth is None:
            file = CocoFile.open(self.ann_file)
            self._ground_truth = {
                a['id']: dict(
                    category_id=a['category_id'],
                    rle=segment_rle(
                        a.get('segmentation'), file.size(a), file.where(a)))
                for a in file.annotations() if not a.get('iscrowd')
            }
        if number not in self._ground_truth:
            raise UserError(f'{self.ann_file}: no annotation {number}; '
                            'evaluate masks of the same objects')
        found = self._ground_truth[number]
        # Counted once, not for each threshold.
        if 'parts' not in found:
            rle = found['rle']
            found['parts'] = num_parts(decode_mask(rle, tuple(rle['size'])))
        return found

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Evaluate a batch."""
        for sample in data_samples:
            number = int(sample['ann_id'])
            annotation = self._annotation(number)
            scores = []
            for threshold in self.thresholds:
                score = InstanceScores()
                score.add(annotation, annotation['rle'],
                          encode_mask(object_mask(sample, threshold)))
                scores.append(score)
            # An object that the sampler repeats counts once.
            self._scores[number] = scores

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Not used; see :meth:`evaluate`."""
        raise NotImplementedError

    def evaluate(self, size: int) -> dict[str, float]:
        """Gather the ranks' objects; every rank gets the metrics.

        Raises:
            UserError: If there are no objects.
        """
        parts = all_gather_object(self._scores)
        self._scores = {}
        found = {k: v for part in parts for k, v in part.items()}
        if not found:
            raise UserError('InstanceIoUMetric: no objects to evaluate')
        metrics = self._metrics(found) if is_main_process() else {}
        metrics = all_gather_object(metrics)[0]
        return {f'{self.prefix}/{k}': v for k, v in metrics.items()}

    def _metrics(self, found: dict) -> dict[str, float]:
        totals = [InstanceScores() for _ in self.thresholds]
        for number in sorted(found):
            for total, part in zip(totals, found[number]):
                total.extend(part)
        metrics = totals[0].metrics()
        means = [total.metrics()['miou'] for total in totals]
        for threshold, mean in zip(self.thresholds, means):
            metrics[f'miou@{threshold:g}'] = mean
        best = max(range(len(means)), key=means.__getitem__)
        metrics.update(best=means[best],
                       best_threshold=self.thresholds[best])
        metrics.update({
            key.replace('miou', 'best'): value
            for key, value in totals[best].metrics().items()
            if key in ('miou_split', 'miou_whole')
        })
        log_class_table(
            f'IoU of objects {100 * means[best]:.2f} at '
            f'{self.thresholds[best]:g}',
            totals[best].table(class_names(self.ann_file)))
        return metrics
