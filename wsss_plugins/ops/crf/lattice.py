"""Mean field on permutohedral lattices, by the compiled engine.

The same numbers as pydensecrf within about 1e-4 and the same labels, several
times faster: one lattice an image for all its unaries, slice, update and splat
in one pass, C - 1 channels for C labels, and a smoothness lattice that is kept
for the next image of the size. One thread an image; calls release the
interpreter, so images may share a pool of threads.
"""
import ctypes
import functools
import weakref
from collections.abc import Sequence

import numpy as np

from ..native import library, pointer

_KEEP_SIZES = 16
_ERRORS = {
    1: MemoryError('not enough memory for the lattice of this image'),
    2: ValueError('a deviation is too small beside the size of the image '
                  'or the range of colors; enlarge sxy or srgb'),
}


@functools.cache
def _functions() -> ctypes.CDLL:
    lib = library()
    address, real = ctypes.c_void_p, ctypes.c_float
    int32, int64 = ctypes.c_int32, ctypes.c_int64
    lib.wsss_smoothness.argtypes = [int64, int64, real, address]
    lib.wsss_appearance.argtypes = [
        address, int64, int64, real, real, address
    ]
    lib.wsss_smoothness_is_identity.argtypes = [address, address]
    lib.wsss_mean_field.argtypes = [
        address, real, int32, address, real, address, int32, int32, int64,
        address, int32, address
    ]
    for kind in ('smoothness', 'appearance'):
        free = getattr(lib, f'wsss_free_{kind}')
        free.argtypes, free.restype = [address], None
        size = getattr(lib, f'wsss_{kind}_bytes')
        size.argtypes, size.restype = [address], int64
    return lib


def _check(status: int) -> None:
    if status:
        raise _ERRORS[status]


class _Lattice:
    """Owner of a lattice of the library."""

    def __init__(self, kind: str, *arguments: object) -> None:
        lib, made = _functions(), ctypes.c_void_p()
        _check(getattr(lib, f'wsss_{kind}')(*arguments, ctypes.byref(made)))
        self.address = made
        self.num_bytes = getattr(lib, f'wsss_{kind}_bytes')(made)
        weakref.finalize(self, getattr(lib, f'wsss_free_{kind}'), made)


class _Smoothness(_Lattice):

    def __init__(self, height: int, width: int, sxy: float) -> None:
        super().__init__('smoothness', height, width, sxy)
        answer = ctypes.c_int32()
        _check(_functions().wsss_smoothness_is_identity(
            self.address, ctypes.byref(answer)))
        self.is_identity = answer.value


# The lattice depends on these alone, and data sets have few sizes.
_smoothness = functools.lru_cache(maxsize=_KEEP_SIZES)(_Smoothness)


class ImageLattices:
    """The lattices of one image, for any unaries on it.

    Args:
        image (np.ndarray): uint8 (H, W, 3).
        smoothness (tuple[float, float]): Weight and sxy.
        appearance (tuple[float, float, float]): Weight, sxy and srgb.
    """

    def __init__(self, image: np.ndarray, smoothness: tuple[float, float],
                 appearance: tuple[float, float, float]) -> None:
        image = np.ascontiguousarray(image)
        size = image.shape[:2]
        self._weights = smoothness[0], appearance[0]
        self._smooth = self._look = None
        if smoothness[0]:
            self._smooth = _smoothness(*size, smoothness[1])
        if appearance[0]:
            self._look = _Lattice('appearance', pointer(image), *size,
                                  *appearance[1:])

    def mean_field(self, energies: np.ndarray,
                   steps: Sequence[int]) -> np.ndarray:
        """Run mean field on unaries; as :func:`lattice_mean_field`."""
        energies = np.ascontiguousarray(energies)
        groups, classes, height, width = energies.shape
        smooth, look = self._smooth, self._look
        wanted = np.array(steps, dtype=np.int32)
        out = np.empty((len(wanted), *energies.shape), dtype=np.float32)
        _check(_functions().wsss_mean_field(
            smooth and smooth.address, self._weights[0],
            bool(smooth and smooth.is_identity), look and look.address,
            self._weights[1], pointer(energies), groups, classes,
            height * width, pointer(wanted), len(wanted), pointer(out)))
        return out


def lattice_mean_field(image: np.ndarray, energies: np.ndarray,
                       steps: Sequence[int], smoothness: tuple[float, float],
                       appearance: tuple[float, float, float]) -> np.ndarray:
    """Run mean field on one image.

    Args:
        image (np.ndarray): uint8 (H, W, 3).
        energies (np.ndarray): Unary energies, float32 (U, C, H, W), C >= 2.
        steps (Sequence[int]): Ascending iterations to return.
        smoothness (tuple[float, float]): Weight and sxy.
        appearance (tuple[float, float, float]): Weight, sxy and srgb.

    Returns:
        np.ndarray: Label probabilities, float32 (len(steps), U, C, H, W).
    """
    lattices = ImageLattices(image, smoothness, appearance)
    return lattices.mean_field(energies, steps)


def clear_cache() -> None:
    """Free the kept smoothness lattices, 24 bytes a pixel each."""
    _smoothness.cache_clear()
