"""What finds salient objects, by its name on the command line."""
import importlib.util
from pathlib import Path
from typing import Protocol

import numpy as np

from ...structures import UserError
from .onnx_detector import OnnxDetector, Preparation

REMBG = 'rembg'


class Detector(Protocol):
    """Finds what stands out in an image.

    Attributes:
        key (str): Changes with all that maps depend on but the image.
        side (int): Longer side of images that it can make use of, in pixels.
        about (str): What it is, in a line.
    """
    key: str
    side: int
    about: str

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Saliency uint8 (h, w) of any size, of RGB uint8 (H, W, 3)."""


def find_detector(name: str,
                  preparation: Preparation | None = None) -> Detector:
    """A detector, ready to run.

    Args:
        name (str): An ONNX file, or ``'rembg'``.
        preparation (Preparation, optional): What is known of the ONNX file's
            input beyond what the file tells.

    Raises:
        UserError: If there is no such file, it is none of a saliency
            detector, or the package is not installed.
    """
    preparation = preparation or Preparation()
    if name == REMBG:
        return _rembg()
    if Path(name).suffix.lower() != '.onnx':
        raise UserError(f'saliency {name}: neither a folder of maps, nor an '
                        f'ONNX file, nor {REMBG}; fix the path')
    return OnnxDetector(name, preparation)


def is_detector(name: str) -> bool:
    """Whether something makes maps, and is no folder of them."""
    path = Path(name)
    return not path.is_dir() and (
        name == REMBG or path.suffix.lower() == '.onnx' or path.is_file())


def _rembg() -> Detector:
    if importlib.util.find_spec(REMBG) is None:
        raise UserError(f'saliency {REMBG}: the package is not installed; '
                        'pip install "rembg[cpu]", or give a folder of maps '
                        'or an ONNX file')
    from .rembg_detector import RembgDetector
    return RembgDetector()
