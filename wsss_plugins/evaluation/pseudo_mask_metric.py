"""Pseudo masks against the ground truth, with confusion ratios."""
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.fileio import load

from ..ops.cam.confusion import confusion_matrix, scores_from_confusion
from ..registry import METRICS
from ..structures import BACKGROUND, UserError, write_json
from .counting import CountingMetric
from .ground_truth import ground_truth_mask
from .tables import class_table, in_percent, log_class_table


@METRICS.register_module()
class PseudoMaskMetric(CountingMetric):
    r"""mIoU of ``pred_sem_seg``, and confusion ratios of pairs of classes.

    ``miou`` over all classes, ``precision`` and ``recall`` over those but the
    background, in percent, as of mmseg's ``IoUMetric``.

    The confusion ratio of EPS, :math:`m_{k,c} = FP_{k,c} / TP_c`, counts
    pixels of a coincident class k (water) that are predicted as c (boat), in
    units of c's true positives.

    Args:
        pairs (Sequence[tuple[str, str]]): Pairs (k, c). Class k is looked up
            among ``context_classes`` if given, else among the dataset's.
        context_classes (Sequence[str] | str, optional): Names of the classes
            in ``gt_context``, or a JSON file with them.
        out_file (str, optional): JSON with the scores by class, as
            fractions.
        prefix (str): Of metric names. Defaults to ``'mask'``.
    """

    def __init__(self,
                 pairs: Sequence[tuple[str, str]] = (),
                 context_classes: Sequence[str] | str | None = None,
                 out_file: str | None = None,
                 prefix: str = 'mask') -> None:
        super().__init__(prefix)
        self.pairs = [tuple(pair) for pair in pairs]
        if isinstance(context_classes, str):
            if not Path(context_classes).is_file():
                raise UserError(f'{context_classes}: file of context classes '
                                'not found')
            context_classes = load(context_classes)
        self.context_classes = context_classes and tuple(context_classes)
        self.out_file = out_file

    def initial_state(self) -> list:
        """Matrices of the dataset's classes, and of the context's."""
        return [0, 0]

    def count(self, sample: dict) -> None:
        """Count the pixels of an image."""
        classes = len(self.dataset_meta['classes'])
        gt = ground_truth_mask(sample)
        pred = sample['pred_sem_seg']['data'][0].cpu().numpy().astype(np.uint8)
        if pred.shape != gt.shape:
            raise UserError(
                f'{sample["img_path"]}: the mask is {pred.shape}, but the '
                f'ground truth is {gt.shape}; compare masks at the size of '
                'images')
        self.state[0] = self.state[0] + confusion_matrix(gt, pred, classes)
        if self.context_classes and self.pairs:
            context = ground_truth_mask(sample, 'gt_context')
            rows = max(len(self.context_classes), classes)
            self.state[1] = self.state[1] + confusion_matrix(
                context, pred, rows)

    def compute(self, states: list[list]) -> dict[str, float]:
        """Compute the scores from the sum of the ranks' counts."""
        matrix = sum(state[0] for state in states)
        context = sum(state[1] for state in states)
        scores = scores_from_confusion(matrix)
        miou = float(np.nanmean(scores['iou']))
        table = class_table(self.dataset_meta['classes'], scores)
        log_class_table(f'mIoU {100 * miou:.2f}', table)
        ratios = self._confusion_ratios(matrix, context, scores['iou'])
        if self.out_file:
            write_json(
                self.out_file,
                dict(
                    kind='masks',
                    miou=miou,
                    per_class=table,
                    confusion_ratio=ratios))
        metrics = in_percent(miou=miou, **self._coverage(scores))
        for row in ratios:
            if row['ratio'] is not None:
                metrics[f'confusion_{row["of"]}_{row["as"]}'] = row['ratio']
        return metrics

    def _coverage(self, scores: dict[str, np.ndarray]) -> dict[str, float]:
        """Mean precision and recall of foreground classes where defined.

        Recall is how much of the objects is covered; mIoU alone does not tell
        that from cleaner borders.
        """
        names = tuple(self.dataset_meta['classes'])
        foreground = [i for i, n in enumerate(names) if n != BACKGROUND]
        means = {}
        for key in ('precision', 'recall'):
            known = scores[key][foreground]
            known = known[~np.isnan(known)]
            if len(known):
                means[key] = float(known.mean())
        return means

    def _confusion_ratios(self, matrix: np.ndarray, context: np.ndarray,
                          iou: np.ndarray) -> list[dict]:
        names = tuple(self.dataset_meta['classes'])
        rows, counts = names, matrix
        if self.context_classes:
            rows, counts = self.context_classes, context
        ratios = []
        for coincident, target in self.pairs:
            for name, known in ((coincident, rows), (target, names)):
                if name not in known:
                    raise UserError(f'confusion pair ({coincident}, {target}):'
                                    f' {name!r} is not among '
                                    f'{", ".join(known)}')
            c = names.index(target)
            hits = matrix[c, c]
            wrong = counts[rows.index(coincident), c]
            ratios.append({
                'of': coincident,
                'as': target,
                'ratio': float(wrong / hits) if hits else None,
                'iou': None if np.isnan(iou[c]) else float(iou[c])
            })
        return ratios
