"""Instance masks of the Semantic Boundaries Dataset (SBD)."""
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .errors import UserError

_STRUCT = 'GTinst'


class SBDInstances(NamedTuple):
    """Objects of an image.

    Attributes:
        masks: Number of the object of each pixel, from 1; 0 is none; uint8
            (H, W).
        categories: Class of each object, VOC's 1 to 20, int64 (K,).
    """
    masks: np.ndarray
    categories: np.ndarray


def read_sbd_instances(path: str | os.PathLike) -> SBDInstances:
    """Read ``inst/NAME.mat`` of SBD.

    B. Hariharan et al.: Semantic Contours from Inverse Detectors, ICCV 2011.
    The file holds a struct ``GTinst`` with ``Segmentation`` and
    ``Categories``.

    Args:
        path (str | PathLike): MATLAB's format 5.

    Raises:
        UserError: If the file is missing or broken, or is another of SBD's.
    """
    if not Path(path).is_file():
        raise UserError(f'{path}: SBD instances not found (no such file)')
    # Not needed by those who only list what there is.
    from scipy.io import loadmat
    try:
        content = loadmat(path, squeeze_me=True, struct_as_record=False)
    except Exception as error:  # whatever a broken file brings up
        raise UserError(f'{path}: not a MATLAB file of format 5 '
                        f'({type(error).__name__}); fetch it again') from None
    if _STRUCT not in content:
        names = [name for name in content if not name.startswith('__')]
        raise UserError(f'{path}: no {_STRUCT} but {", ".join(names)}; give '
                        "a file of SBD's folder inst")
    struct = content[_STRUCT]
    masks = _integers(path, struct, 'Segmentation')
    categories = np.atleast_1d(_integers(path, struct, 'Categories'))
    if masks.ndim != 2 or categories.ndim != 1:
        raise UserError(f'{path}: masks of shape {masks.shape} and categories '
                        f'of {categories.shape}; fetch it again')
    if masks.max(initial=0) > len(categories):
        raise UserError(f'{path}: object {masks.max()} has no category, there '
                        f'are {len(categories)}; fetch it again')
    return SBDInstances(masks.astype(np.uint8), categories.astype(np.int64))


def _integers(path: str | os.PathLike, struct: Any,
              name: str) -> np.ndarray:
    """A field of whole, not negative numbers."""
    value = np.asarray(getattr(struct, name, None))
    if value.dtype.kind not in 'uif' or (value != np.floor(value)).any() or (
            value < 0).any() or (value > np.iinfo(np.uint8).max).any():
        raise UserError(f'{path}: {_STRUCT}.{name} is missing or holds no '
                        'numbers of objects; fetch it again')
    return value.astype(np.int64)
