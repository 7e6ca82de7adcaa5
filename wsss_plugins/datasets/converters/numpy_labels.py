"""Tags from the ``cls_labels.npy`` of the reference repositories."""
import os
from collections.abc import Sequence

import numpy as np

from ...structures import ImageLabels, UserError, load_npy
from .voc_xml import VOC_CLASSES


def from_numpy(path: str | os.PathLike,
               classes: Sequence[str] = VOC_CLASSES) -> ImageLabels:
    """Read a pickled dict of image name to multi-hot vector.

    Args:
        path (str | PathLike): The file; read without running its code.
        classes (Sequence[str]): Foreground classes in the vectors' order.

    Raises:
        UserError: If the file holds anything but such a dict, or a vector is
            of another length or not of zeros and ones.
    """
    data = load_npy(path)
    if not isinstance(data, dict) or not data:
        raise UserError(f'{path}: holds {type(data).__name__}, not a dict of '
                        'image name to label vector; give a cls_labels.npy')
    images = {}
    for name, vector in data.items():
        if not isinstance(name, str):
            raise UserError(f'{path}: image {name!r} is named by a '
                            f'{type(name).__name__}; name images by their '
                            'file stems')
        there = _checked_vector(path, name, vector, len(classes))
        images[str(name)] = [c for c, tagged in zip(classes, there) if tagged]
    return ImageLabels(tuple(classes), images)


def _checked_vector(path: str | os.PathLike, name: str, vector: object,
                    length: int) -> np.ndarray:
    """Multi-hot vector of an image, bool (C,)."""
    if not isinstance(vector, np.ndarray) or vector.dtype.kind not in 'biuf':
        raise UserError(f'{path}: image {name!r} has a '
                        f'{type(vector).__name__}, not a vector of numbers; '
                        'give a cls_labels.npy')
    if vector.shape != (length, ):
        raise UserError(
            f'{path}: image {name!r} has a vector of shape {vector.shape}, '
            f'but there are {length} classes; name them with --classes')
    if not np.isin(vector, (0, 1)).all():
        raise UserError(f'{path}: image {name!r} has values other than 0 and '
                        '1; scores are no tags, threshold them first')
    return vector != 0
