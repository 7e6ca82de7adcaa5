"""Saliency by an ONNX file of an ISNet, a U2-Net, or another detector."""
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ...structures import UserError
from ...structures.digests import file_digest

# Ranges below this are noise: an image without contrast of any kind.
_FLAT = 1e-3
_IMAGENET = (.485, .456, .406), (.229, .224, .225)
# By the side of the input: what its images were normalized by in training.
_KNOWN = {1024: ('ISNet', (.5, ) * 3, (1., ) * 3),
          320: ('U2-Net', *_IMAGENET)}
_OPTIONS = 'give --mean and --std of its training'


@dataclass(frozen=True)
class Preparation:
    """How an image becomes the input of a network; None: as it is known.

    Attributes:
        size (tuple[int, int], optional): Height and width.
        mean, std (tuple[float, ...], optional): Of RGB in [0, 1]; one value,
            or three.
    """
    size: tuple[int, int] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None


class OnnxDetector:
    """An ONNX file that maps an image to its saliency.

    Input name and size are the file's; mean and standard deviation are those
    of ISNet (1024 x 1024: (x - 0.5) / 1) or U2-Net (320 x 320: ImageNet's),
    if not given. The first output is scaled to its own range, as the code of
    both networks does. All cores are used.

    Args:
        path (str): The file.
        preparation (Preparation): What is given by hand.

    Raises:
        UserError: If the file is missing, damaged, or of a network with
            another kind of input, or its normalization is not known.
    """

    def __init__(self, path: str, preparation: Preparation) -> None:
        self.path = path
        self._session = _session(path)
        self._input, self.size = _input(path, self._session,
                                        preparation.size)
        kind, mean, std = _normalization(path, self.size, preparation)
        self.mean, self.std = mean, std
        self.side = 2 * max(self.size)
        self.about = (f'{Path(path).name}, {kind}: {self.size[1]} x '
                      f'{self.size[0]} pixels, mean {_numbers(mean)}, std '
                      f'{_numbers(std)}')
        self.key = f'{file_digest(path)} {self.size} {mean} {std}'

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Saliency uint8 (h, w) of RGB uint8 (H, W, 3).

        Raises:
            UserError: If the network gives something else than a map.
        """
        shrinks = image.shape[0] > self.size[0]
        small = cv2.resize(
            image, self.size[::-1],
            interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        pixels = (small / np.float32(255) - np.float32(self.mean)
                  ) / np.float32(self.std)
        pixels = pixels.astype(np.float32).transpose(2, 0, 1)[None]
        found = np.asarray(self._run(pixels), dtype=np.float32)
        if found.size != np.prod(found.shape[-2:]) or found.ndim < 2 or (
                not np.isfinite(found).all()):
            raise UserError(f'{self.path}: its first output {found.shape} is '
                            'no map of one channel with finite values; give '
                            'the ONNX file of a saliency detector')
        return _to_range(found.reshape(found.shape[-2:]))

    def _run(self, pixels: np.ndarray) -> np.ndarray:
        try:
            return self._session.run(None, {self._input: pixels})[0]
        except Exception as error:  # of ONNX Runtime, which has no common base
            raise UserError(f'{self.path}: fails on an image ({_line(error)})'
                            '; export it again, or fix --size') from None


def _session(path: str):
    if not Path(path).is_file():
        raise UserError(f'{path}: saliency model not found; fix the path')
    try:
        import onnxruntime
    except ImportError:
        raise UserError(f'{path}: needs ONNX Runtime; pip install '
                        'onnxruntime') from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    options.log_severity_level = 3
    there = onnxruntime.get_available_providers()
    wanted = ('CUDAExecutionProvider', 'CPUExecutionProvider')
    try:
        return onnxruntime.InferenceSession(
            path, options, providers=[p for p in wanted if p in there])
    except Exception as error:  # of ONNX Runtime, which has no common base
        raise UserError(f'{path}: no ONNX file that can be run '
                        f'({_line(error)}); fetch it again') from None


def _input(path: str, session,
           size: tuple[int, int] | None) -> tuple[str, tuple[int, int]]:
    """Name of the input, and height and width."""
    inputs = session.get_inputs()
    shape = inputs[0].shape
    if len(inputs) != 1 or len(shape) != 4 or shape[1] not in (
            3, None) and not isinstance(shape[1], str) or (
                inputs[0].type != 'tensor(float)'):
        told = ', '.join(f'{i.name} {i.shape} {i.type}' for i in inputs)
        raise UserError(f'{path}: takes {told}, not one image of float (N, 3, '
                        'H, W); give the ONNX file of a saliency detector')
    fixed = shape[2:]
    if all(isinstance(side, int) for side in fixed):
        if size is not None and list(size) != fixed:
            raise UserError(f'{path}: takes {fixed[1]} x {fixed[0]} pixels, '
                            f'not {size[1]} x {size[0]}; leave --size out')
        return inputs[0].name, tuple(fixed)
    if size is None:
        raise UserError(f'{path}: takes images of any size; say by --size at '
                        'which it was trained')
    return inputs[0].name, tuple(size)


def _normalization(path: str, size: tuple[int, int],
                   given: Preparation) -> tuple[str, tuple, tuple]:
    known = _KNOWN.get(size[0]) if size[0] == size[1] else None
    if given.mean is not None and given.std is not None:
        return 'as given', _three(given.mean), _three(given.std)
    if known is None:
        raise UserError(f'{path}: takes {size[1]} x {size[0]} pixels, so it '
                        'is no ISNet (1024 x 1024) and no U2-Net (320 x 320)'
                        f'; {_OPTIONS}')
    kind, mean, std = known
    return (f'taken for {kind}', _three(given.mean or mean),
            _three(given.std or std))


def _three(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(values) * 3 if len(values) == 1 else tuple(values)


def _numbers(values: tuple[float, ...]) -> str:
    return ' '.join(f'{value:g}' for value in dict.fromkeys(values))


def _line(error: Exception) -> str:
    return ' '.join(str(error).split())[:200]


def _to_range(found: np.ndarray) -> np.ndarray:
    """Values scaled from their own range to 0..255."""
    low, high = float(found.min()), float(found.max())
    if high - low < _FLAT:
        return np.full(found.shape, round(255 * min(max(low, 0.), 1.)),
                       dtype=np.uint8)
    return np.round(255 * (found - low) / (high - low)).astype(np.uint8)
