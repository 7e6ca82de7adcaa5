"""Affinity labels of an image from its CAMs, through dense CRFs."""
import mmcv
import numpy as np
import torch
import torch.nn.functional as F
from mmcv.transforms import BaseTransform

from ...ops.cam.cams import seed_scores
from ...ops.crf.dense_crf import DenseCRF
from ...ops.walk.affinity_labels import confident_labels, hard_label_scores
from ...registry import TRANSFORMS
from ...structures import IGNORE_INDEX, UserError, check_background


class _MakeLabel(BaseTransform):
    """Two CRF runs on one image, and the labels of which both are confident.

    Args:
        background (int): Dataset class index of the background.
        override (bool): See
            :func:`wsss_plugins.ops.walk.affinity_labels.confident_labels`.
        crf (dict): Arguments of
            :class:`wsss_plugins.ops.crf.dense_crf.DenseCRF`.
    """

    def __init__(self, background: int, override: bool, crf: dict) -> None:
        self.background = background
        self.override = override
        self.crf = DenseCRF(**crf)

    def scores(self, maps: np.ndarray) -> np.ndarray:
        """Scores that favor the background, and scores that do not.

        Args:
            maps (np.ndarray): CAMs of the image, float32 (K, H, W) in
                [0, 1], K at least 1.

        Returns:
            np.ndarray: float32 (2, 1 + K, H, W), the background first.
        """
        raise NotImplementedError

    def transform(self, results: dict) -> dict:
        """Make the label mask.

        Raises:
            UserError: If the background is among the CAMs.
        """
        check_background(self, results.get('background'))
        maps = results['class_maps']
        if self.background in maps.labels:
            raise UserError(
                f'{results.get("cam_path")}: holds a background map already; '
                'affinity labels are made of the CAM files of a CAM network')
        local = np.zeros(maps.size, dtype=np.int64)
        if len(maps.labels):
            local = self.local_labels(
                np.ascontiguousarray(mmcv.bgr2rgb(results['img'])),
                _at_size(maps.maps, maps.size))
        names = np.full(IGNORE_INDEX + 1, IGNORE_INDEX, dtype=np.uint8)
        names[:1 + len(maps.labels)] = [self.background, *maps.labels]
        results['pred_mask'] = names[local]
        return results

    def local_labels(self, image: np.ndarray, maps: np.ndarray) -> np.ndarray:
        """Run the CRFs and join their labels.

        Args:
            image (np.ndarray): RGB, uint8 (H, W, 3).
            maps (np.ndarray): As of :meth:`scores`.

        Returns:
            np.ndarray: 0: background, k + 1: class k, 255: ignored; int64
            (H, W).
        """
        first, second = self.crf(image, self.scores(maps)).argmax(axis=1)
        return confident_labels(first, second, self.override, IGNORE_INDEX)


def _at_size(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    maps = torch.from_numpy(np.ascontiguousarray(maps, dtype=np.float32))
    if tuple(maps.shape[1:]) == tuple(size):
        return maps.numpy()
    return F.interpolate(maps[None], tuple(size), mode='bilinear')[0].numpy()


@TRANSFORMS.register_module()
class MakeAffinityLabel(_MakeLabel):
    """PSA's affinity label: CRFs with a strong and a weak background.

    AffinityNet Sec. 3.2: CAMs and the background ``(1 - max) ** alpha``
    go through a dense CRF, once with a low alpha, which leaves reliable
    foreground, once with a high one, which leaves reliable background. The
    rest is ignored. Both runs share the image's lattice.

    Required Keys:

    - img (uint8, BGR)
    - class_maps

    Added Keys:

    - pred_mask (uint8 (H, W), dataset class indices or 255)

    Args:
        alpha_low (float): Defaults to 4.
        alpha_high (float): Defaults to 32, as in the code; the paper has 24.
        background (int): Dataset class index of the background.
        crf (dict, optional): Arguments of
            :class:`~.dense_crf.DenseCRF`, whose defaults are
            PSA's.

    Raises:
        UserError: If alpha_low is not below alpha_high.
    """

    def __init__(self,
                 alpha_low: float = 4,
                 alpha_high: float = 32,
                 background: int = 0,
                 crf: dict | None = None) -> None:
        if not 0 < alpha_low < alpha_high:
            raise UserError(f'alpha_low={alpha_low}, alpha_high={alpha_high}: '
                            'give 0 < alpha_low < alpha_high')
        super().__init__(background, True, crf or {})
        self.alphas = alpha_low, alpha_high

    def scores(self, maps: np.ndarray) -> np.ndarray:
        """CAMs behind backgrounds of both alphas."""
        maps = torch.from_numpy(maps)
        return torch.stack(
            [seed_scores(maps, alpha=alpha) for alpha in self.alphas]).numpy()


@TRANSFORMS.register_module()
class MakeIRLabel(_MakeLabel):
    """IRNet's label: CRFs on masks of a high and a low threshold.

    IRNet Sec. 4.2: CAMs above the high threshold are reliable foreground,
    pixels below the low one reliable background; each mask is refined by a
    dense CRF. The rest is ignored. The threshold of the foreground is the
    higher one: what it leaves to the background is not reliable.

    Required Keys:

    - img (uint8, BGR)
    - class_maps

    Added Keys:

    - pred_mask (uint8 (H, W), dataset class indices or 255)

    Args:
        fg_threshold (float): Defaults to 0.3.
        bg_threshold (float): Defaults to 0.05.
        certainty (float): Probability of the mask's label in the unary.
        background (int): Dataset class index of the background.
        crf (dict, optional): Arguments of
            :class:`wsss_plugins.ops.crf.dense_crf.DenseCRF`. Defaults to
            ``dict(bi_sxy=50, bi_srgb=5)``.

    Raises:
        UserError: If bg_threshold is not below fg_threshold.
    """

    def __init__(self,
                 fg_threshold: float = .3,
                 bg_threshold: float = .05,
                 certainty: float = .7,
                 background: int = 0,
                 crf: dict | None = None) -> None:
        if not bg_threshold < fg_threshold:
            raise UserError(
                f'bg_threshold={bg_threshold} is not below '
                f'fg_threshold={fg_threshold}; lower it')
        super().__init__(background, False,
                         dict(bi_sxy=50, bi_srgb=5) if crf is None else crf)
        self.thresholds = fg_threshold, bg_threshold
        self.certainty = certainty

    def masks(self, maps: np.ndarray) -> np.ndarray:
        """Local class indices before the CRF, int64 (2, H, W)."""
        maps = torch.from_numpy(maps)
        return torch.stack([
            seed_scores(maps, threshold=threshold).argmax(dim=0)
            for threshold in self.thresholds
        ]).numpy()

    def scores(self, maps: np.ndarray) -> np.ndarray:
        """Scores of the masks' labels."""
        return np.stack([
            hard_label_scores(mask, len(maps) + 1, self.certainty)
            for mask in self.masks(maps)
        ])
