"""Masks against a few images with ground truth: scores with an interval."""
from collections.abc import Sequence

import numpy as np
from mmengine.logging import MMLogger

from ..ops.cam.confusion import confusion_matrix, scores_from_confusion
from ..ops.cam.few_images import (
    bootstrap_interval,
    choose_by_folds,
    images_with,
    mean_iou,
)
from ..registry import METRICS
from ..structures import UserError, write_json
from ..structures.chosen_value import ChosenValue
from .counting import CountingMetric
from .ground_truth import ground_truth_mask
from .tables import class_table, log_class_table


@METRICS.register_module()
class FewImagesMetric(CountingMetric):
    """mIoU of ``pred_sem_seg`` with its interval over draws of images.

    Args:
        out_file (str, optional): JSON with the scores by class, the interval
            and the number of images that show each class.
        prefix (str): Of metric names. Defaults to ``'mask'``.
    """

    def __init__(self, out_file: str | None = None,
                 prefix: str = 'mask') -> None:
        super().__init__(prefix)
        self.out_file = out_file

    def initial_state(self) -> dict:
        """Confusion matrices by image."""
        return {}

    def count(self, sample: dict) -> None:
        """Count the pixels of an image."""
        mask = sample['pred_sem_seg']['data'].cpu().numpy().astype(np.uint8)
        self.state[sample['img_path']] = self._counted(sample, mask[0])

    def _counted(self, sample: dict, mask: np.ndarray) -> np.ndarray:
        gt = ground_truth_mask(sample)
        if mask.shape != gt.shape:
            raise UserError(
                f'{sample["img_path"]}: the mask is {mask.shape}, but the '
                f'ground truth is {gt.shape}; compare masks at the size of '
                'images')
        return confusion_matrix(gt, mask, len(self.dataset_meta['classes']))

    def compute(self, states: list[dict]) -> dict[str, float]:
        """Scores of all images together, and their interval."""
        matrices = np.stack(_in_order(states))
        total = matrices.sum(axis=0)
        names = self.dataset_meta['classes']
        miou, table = float(mean_iou(total)), class_table(
            names, scores_from_confusion(total))
        low, high = bootstrap_interval(matrices)
        log_class_table(f'mIoU {100 * miou:.2f}, 95 % interval '
                        f'{100 * low:.1f} to {100 * high:.1f}', table)
        if self.out_file:
            write_json(self.out_file, dict(
                kind='few_images', miou=miou, interval=[low, high],
                images=len(matrices), per_class=table,
                images_by_class=dict(zip(names, images_with(matrices)))))
        return dict(miou=miou, miou_low=low, miou_high=high)


@METRICS.register_module()
class ValueChoiceMetric(FewImagesMetric):
    """Choose the value of a parameter by images with ground truth.

    Masks of every value come with each image, see
    :class:`wsss_plugins.MakeCandidateMasks`. The best value on all images
    is taken if choosing so is better than the default on images that were
    held out (cross-validation); else the default stays.

    Args:
        parameter (str): Its name.
        values (Sequence[float]): Values, in the order of the masks.
        default (float): One of them, for when there is no ground truth.
        folds (int): Parts of the images. Defaults to 5.
        out_file (str, optional): The choice, a :class:`.ChosenValue` as JSON.
        prefix (str): Of metric names. Defaults to ``'choice'``.

    Raises:
        UserError: If the default is not among the values.
    """

    def __init__(self, parameter: str, values: Sequence[float],
                 default: float, folds: int = 5, out_file: str | None = None,
                 prefix: str = 'choice') -> None:
        super().__init__(out_file, prefix)
        if default not in values:
            raise UserError(f'ValueChoiceMetric: default={default} is not '
                            f'among the values {list(values)}; add it')
        self.parameter, self.values = parameter, [float(v) for v in values]
        self.default = self.values.index(default)
        self.folds = folds

    def count(self, sample: dict) -> None:
        """Count the pixels of an image by every value."""
        masks = sample['pred_candidates']['data'].cpu().numpy()
        self.state[sample['img_path']] = np.stack(
            [self._counted(sample, mask.astype(np.uint8)) for mask in masks])

    def compute(self, states: list[dict]) -> dict[str, float]:
        """The choice, what it is worth, and whether it is taken."""
        matrices = np.stack(_in_order(states), axis=1)
        found = choose_by_folds(matrices, self.folds)
        usual = matrices[self.default]
        held_out = float(mean_iou(found.held_out.sum(axis=0)))
        better = held_out > float(mean_iou(usual.sum(axis=0)))
        taken = found.best if better else self.default
        worth = found.held_out if better else usual
        choice = ChosenValue(
            self.parameter, self.values[taken], self.values[self.default],
            self.values, mean_iou(matrices.sum(axis=1)).tolist(),
            float(mean_iou(worth.sum(axis=0))),
            list(bootstrap_interval(worth)),
            list(bootstrap_interval(worth, usual)), matrices.shape[1],
            len(found.picks))
        MMLogger.get_current_instance().info(choice.told())
        if self.out_file:
            choice.save(self.out_file)
        return dict(value=choice.value, miou=choice.held_out,
                    miou_default=float(mean_iou(usual.sum(axis=0))))


def _in_order(states: Sequence[dict]) -> list[np.ndarray]:
    """Counts of all images, in an order that does not depend on ranks."""
    joined = {path: found for state in states for path, found in
              state.items()}
    return [joined[path] for path in sorted(joined)]
