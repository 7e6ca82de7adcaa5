"""Saliency by the package rembg, which fetches its model itself."""
from importlib.metadata import version

import numpy as np

from ...structures import UserError

_MODEL = 'isnet-general-use'


class RembgDetector:
    """A session of rembg.

    Args:
        model (str): Name of one of rembg's models.

    Raises:
        UserError: If the package lacks a backend, or the model cannot be
            fetched or read.
    """
    side = 2048

    def __init__(self, model: str = _MODEL) -> None:
        try:
            import rembg
        except (ImportError, SystemExit) as error:  # it ends without a backend
            raise UserError(f'saliency rembg: cannot be imported ({error}); '
                            'pip install "rembg[cpu]"') from None
        try:
            self._session = rembg.new_session(model)
        except Exception as error:  # whatever its download raises
            raise UserError(
                f'saliency rembg: its model {model} cannot be had '
                f'({type(error).__name__}: {error}); fetch the file by hand '
                'and give it as --saliency MODEL.onnx') from None
        self._remove = rembg.remove
        self.key = f'rembg {version("rembg")} {model}'
        self.about = self.key

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Saliency uint8 (H, W) of RGB uint8 (H, W, 3)."""
        found = np.asarray(self._remove(
            image, session=self._session, only_mask=True))
        return found if found.ndim == 2 else found[..., 0]
