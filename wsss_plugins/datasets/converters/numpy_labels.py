"""Image-level labels from the ``cls_labels.npy`` of other repositories."""
import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...structures import ImageLabels, UserError, load_npy, load_pickle
from ...structures.text_files import described
from .label_format import LabelFormat
from .voc_xml import VOC_CLASSES

_MAGIC = b'\x93NUMPY'
# A VOC name as a number, as IRNet keeps it: 2007000032 is 2007_000032.
_VOC_NUMBERS = range(1990_000000, 2100_000000)
_VOC_DIGITS = 10**6


def from_numpy(path: str | os.PathLike,
               classes: Sequence[str] = VOC_CLASSES) -> ImageLabels:
    """Read a pickled dict of image name to multi-hot vector.

    Args:
        path (str | PathLike): A ``.npy`` file or a pickle, gzipped or not;
            read without running its code. Images are named by their file
            stems, or as in IRNet by the number of their VOC name.
        classes (Sequence[str]): Foreground classes in the vectors' order.

    Raises:
        UserError: If the file holds anything but such a dict, or a vector is
            of another length or not of zeros and ones.
    """
    data = _load(path)
    if not isinstance(data, dict) or not data:
        raise UserError(f'{path}: holds {described(data)}, not a dict of '
                        'image name to label vector; give a cls_labels.npy')
    images: dict[str, list[str]] = {}
    for key, vector in data.items():
        name = _image_name(path, key)
        if name in images:
            raise UserError(f'{path}: image {name!r} comes twice, as a number '
                            'and as a name; keep one')
        there = _checked_vector(path, name, vector, len(classes))
        images[name] = [c for c, shown in zip(classes, there) if shown]
    try:
        return ImageLabels(tuple(classes), images)
    except UserError as error:
        raise UserError(f'{path}: {error}') from None


def _load(path: str | os.PathLike) -> Any:
    """The object of an array file, or of a pickle, by its first bytes."""
    try:
        with open(path, 'rb') as file:
            is_array = file.read(len(_MAGIC)) == _MAGIC
    except OSError as error:
        raise UserError(f'{path}: cannot be read ({error.strerror}); fix the '
                        'path') from None
    if is_array or Path(path).suffix == '.npy':
        return load_npy(path)
    return load_pickle(path)


def _image_name(path: str | os.PathLike, key: Any) -> str:
    if isinstance(key, str):
        return str(key)
    if isinstance(key, int | np.integer) and int(key) in _VOC_NUMBERS:
        year, number = divmod(int(key), _VOC_DIGITS)
        return f'{year}_{number:06d}'
    value = key.item() if isinstance(key, np.generic) else key
    raise UserError(f'{path}: image {value!r:.60} is named by '
                    f'{described(value)}, which is no name of VOC 2012 '
                    'either; name images by their file stems')


def _checked_vector(path: str | os.PathLike, name: str, vector: object,
                    length: int) -> np.ndarray:
    """Multi-hot vector of an image, bool (C,)."""
    if isinstance(vector, list | tuple):
        vector = np.array(vector) if all(
            type(v) in (bool, int, float) for v in vector) else vector
    if not isinstance(vector, np.ndarray) or vector.dtype.kind not in 'biuf':
        raise UserError(f'{path}: image {name!r} has {described(vector)}, '
                        'not a vector of numbers; give a cls_labels.npy')
    if vector.shape != (length, ):
        raise UserError(
            f'{path}: image {name!r} has a vector of shape {vector.shape}, '
            f'but there are {length} classes; name them with --classes')
    if not np.isin(vector, (0, 1)).all():
        raise UserError(f'{path}: image {name!r} has values other than 0 and '
                        '1; scores are no labels, threshold them first')
    return vector != 0


class NumpyFormat(LabelFormat):
    """``cls_labels.npy`` of PSA, IRNet and EPS."""
    name = 'npy'
    source = 'cls_labels.npy or pickle of another repository'

    def read(self, args: argparse.Namespace, classes: Sequence[str] | None,
             names: Sequence[str] | None) -> ImageLabels:
        """Read them by :func:`from_numpy`."""
        return from_numpy(args.source, classes or VOC_CLASSES)
