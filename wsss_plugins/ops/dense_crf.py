"""Fully connected CRF of one image."""
from dataclasses import dataclass

import numpy as np

_INSTALL = ('dense CRF needs the module pydensecrf; install it with: '
            'pip install pydensecrf2')


@dataclass(frozen=True)
class DenseCRF:
    """Mean field in a fully connected CRF with Gaussian edge potentials.

    P. Kraehenbuehl and V. Koltun: Efficient Inference in Fully Connected CRFs
    with Gaussian Edge Potentials, NIPS 2011. The defaults are those of PSA,
    which EPS, IRNet and SC-CAM took over.

    Args:
        iterations (int): Mean-field steps. Defaults to 10.
        pos_compat (float): Weight of the smoothness kernel.
        pos_sxy (float): Its standard deviation, in pixels.
        bi_compat (float): Weight of the appearance kernel.
        bi_sxy (float): Its standard deviation in space, in pixels.
        bi_srgb (float): Its standard deviation in colour, of 0..255.
        scale (float): All spatial deviations are divided by it, for maps
            that are smaller than the image they stand for. Defaults to 1.

    Raises:
        ValueError: If an argument is not positive.
    """
    iterations: int = 10
    pos_compat: float = 3
    pos_sxy: float = 3
    bi_compat: float = 10
    bi_sxy: float = 80
    bi_srgb: float = 13
    scale: float = 1

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f'{name}={value} is not positive')

    def __call__(self, image: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """Refine the class scores of an image.

        Args:
            image (np.ndarray): RGB, uint8 (H, W, 3).
            scores (np.ndarray): Scores in [0, 1], float (L, H, W), at least
                two labels. They need not sum to one; the unary is
                -log(clip(score, 1e-5, 1)).

        Returns:
            np.ndarray: Label probabilities, float32 (L, H, W).

        Raises:
            ValueError: If sizes differ, labels are fewer than two, or a
                score is not finite.
        """
        self._check(image, scores)
        labels, height, width = scores.shape
        model = _pydensecrf().DenseCRF2D(width, height, labels)
        unary = -np.log(np.clip(scores, 1e-5, 1.)).astype(np.float32)
        model.setUnaryEnergy(unary.reshape(labels, -1))
        model.addPairwiseGaussian(
            sxy=self.pos_sxy / self.scale, compat=self.pos_compat)
        model.addPairwiseBilateral(
            sxy=self.bi_sxy / self.scale,
            srgb=self.bi_srgb,
            rgbim=np.array(image, order='C'),
            compat=self.bi_compat)
        probs = np.array(model.inference(self.iterations), dtype=np.float32)
        return probs.reshape(labels, height, width)

    @staticmethod
    def _check(image: np.ndarray, scores: np.ndarray) -> None:
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ValueError(f'the image is {image.dtype} {image.shape}, not '
                             'uint8 (H, W, 3)')
        if scores.ndim != 3 or scores.shape[1:] != image.shape[:2]:
            raise ValueError(f'scores {scores.shape} do not fit the image '
                             f'{image.shape}')
        if len(scores) < 2:
            raise ValueError('a CRF needs at least two labels, got '
                             f'{len(scores)}')
        if not np.isfinite(scores).all():
            raise ValueError('scores hold values that are not finite')


def _pydensecrf():
    try:
        from pydensecrf import densecrf
    except ImportError:
        raise ImportError(_INSTALL) from None
    return densecrf
