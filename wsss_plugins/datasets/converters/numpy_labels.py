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
                        'image name to label vector')
    images = {}
    for name, vector in data.items():
        vector = np.asarray(vector)
        if vector.shape != (len(classes), ):
            raise UserError(
                f'{path}: image {name!r} has a vector of shape {vector.shape},'
                f' but there are {len(classes)} classes')
        if not np.isin(vector, (0, 1)).all():
            raise UserError(f'{path}: image {name!r} has values other than 0 '
                            'and 1')
        images[str(name)] = [
            c for c, there in zip(classes, vector) if there
        ]
    return ImageLabels(tuple(classes), images)
