"""Mean field by the library pydensecrf: parity, and where nothing is built."""
from collections.abc import Sequence

import numpy as np

_INSTALL = ('no CRF engine: build the compiled one with '
            '`pip install --no-build-isolation -e .` (needs a C++ compiler), '
            'or install the module pydensecrf with `pip install pydensecrf2`')


# Keys grow by less than 9 for each deviation in five dimensions, and have 16
# bits with a sign.
_MOST_DEVIATIONS = 3000


def _pydensecrf():
    try:
        from pydensecrf import densecrf
    except ImportError:
        raise ImportError(_INSTALL) from None
    return densecrf


def library_mean_field(image: np.ndarray, energies: np.ndarray,
                       steps: Sequence[int], smoothness: tuple[float, float],
                       appearance: tuple[float, float, float]) -> np.ndarray:
    """Run mean field on one image; as ``lattice_mean_field``.

    The library takes one unary at a time, and each has its own lattices.
    """
    module = _pydensecrf()
    _check_keys(image.shape[:2], smoothness, appearance)
    labels, height, width = energies.shape[1:]
    image = np.array(image, order='C')  # it refuses read-only arrays
    out = np.empty((len(steps), *energies.shape), dtype=np.float32)
    for group, energy in enumerate(energies):
        model = module.DenseCRF2D(width, height, labels)
        model.setUnaryEnergy(
            np.array(energy.reshape(labels, -1), np.float32, order='C'))
        if smoothness[0]:
            model.addPairwiseGaussian(sxy=smoothness[1], compat=smoothness[0])
        if appearance[0]:
            model.addPairwiseBilateral(
                sxy=appearance[1],
                srgb=appearance[2],
                rgbim=image,
                compat=appearance[0])
        probs, spare, other = model.startInference()
        done = 0
        for index, step in enumerate(steps):
            for _ in range(step - done):
                model.stepInference(probs, spare, other)
            done = step
            out[index, group] = np.array(probs).reshape(energy.shape)
    return out


def _check_keys(size: tuple[int, int], smoothness: tuple[float, float],
                appearance: tuple[float, float, float]) -> None:
    """Refuse what the library's 16 bits for a vertex cannot number.

    It would write beyond its memory.

    Raises:
        ValueError: If a deviation is too small beside the image or its
            colors.
    """
    spans = []
    if smoothness[0]:
        spans.append(max(size) / smoothness[1])
    if appearance[0]:
        spans += [max(size) / appearance[1], 255 / appearance[2]]
    if max(spans, default=0) > _MOST_DEVIATIONS:
        raise ValueError(
            'a deviation is too small beside the size of the image or the '
            'range of its colors: pydensecrf takes no less than a '
            f'{_MOST_DEVIATIONS}th of them')
