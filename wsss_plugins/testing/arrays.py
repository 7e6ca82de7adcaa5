"""Read files of arrays without running code from them."""
from pathlib import Path

import numpy as np
import torch
from torch import Tensor


def load_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """All arrays of an ``.npz`` file by name."""
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def load_tensors(path: str | Path) -> dict[str, Tensor]:
    """All arrays of an ``.npz`` file as tensors; texts are left out."""
    return {
        key: torch.from_numpy(value)
        for key, value in load_arrays(path).items() if value.dtype.kind != 'U'
    }
