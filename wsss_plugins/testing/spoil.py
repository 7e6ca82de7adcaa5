"""Golden files with one wrong array: a check that passes them is no check."""
import shutil
from pathlib import Path

import numpy as np

from .arrays import load_arrays

# Beyond the tolerance of every check, and below what a person would notice.
_SHARE = .05


def spoiled(array: np.ndarray) -> np.ndarray:
    """Flip booleans, add 1 to integers, shift floats by 5 % of the top."""
    if array.dtype == bool:
        return ~array
    if array.dtype.kind in 'iu':
        return array + array.dtype.type(1)
    return (array - _SHARE * np.abs(array).max()).astype(array.dtype)


def copy_with_error(folder: Path, name: str, key: str, to: Path) -> Path:
    """Copy a folder of golden files and spoil one array of one file.

    Args:
        folder (Path): The golden files; all are copied, for checks that
            read several.
        name (str): The file to spoil, ``.npz``.
        key (str): The array to spoil.
        to (Path): A new folder.

    Returns:
        Path: The spoiled file.
    """
    to.mkdir(parents=True)
    for path in folder.iterdir():
        if path.is_file():
            shutil.copyfile(path, to / path.name)
    data = load_arrays(to / name)
    data[key] = spoiled(data[key])
    np.savez(to / name, **data)
    return to / name
