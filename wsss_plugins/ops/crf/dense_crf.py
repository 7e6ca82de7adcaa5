"""Fully connected CRF: one interface, several engines."""
import functools
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..native import build_name
from .exact import exact_mean_field
from .lattice import lattice_mean_field
from .library import library_mean_field
from .unary import score_energies

BACKENDS = ('auto', 'native', 'pydensecrf', 'exact')
# Vertices are numbered with 31 bits, six at most a pixel.
_MOST_PIXELS = 2**31 // 6
# All engines count in float32.
_LARGEST = float(np.finfo(np.float32).max)
_MOST_STEPS = 100_000
Solver = Callable[[np.ndarray, tuple[int, ...]], list[np.ndarray]]


@dataclass(frozen=True)
class DenseCRF:
    """Mean field in a fully connected CRF with Gaussian edge potentials.

    P. Kraehenbuehl and V. Koltun: Efficient Inference in Fully Connected CRFs
    with Gaussian Edge Potentials, NIPS 2011: Potts compatibility, an
    appearance and a smoothness kernel (Eq. 3), each normalized symmetrically
    and with the pixel itself included, as in the authors' code. The defaults
    are those of PSA, which EPS, IRNet and SC-CAM took over.

    Args:
        iterations (int): Mean-field steps. Defaults to 10.
        pos_compat (float): Weight of the smoothness kernel, 0 for none.
        pos_sxy (float): Its standard deviation, in pixels.
        bi_compat (float): Weight of the appearance kernel, 0 for none.
        bi_sxy (float): Its standard deviation in space, in pixels.
        bi_srgb (float): Its standard deviation in color, of 0..255.
        scale (float): All spatial deviations are divided by it, for maps
            that are smaller than the image they stand for. Defaults to 1.
        backend (str): ``'native'``, the compiled engine on the CPU;
            ``'pydensecrf'``, the library, which gives the same; ``'exact'``,
            the exact kernels in torch, for small maps on any device, another
            approximation of the same model; ``'auto'``, the first two in
            this order, and a warning names the second. Defaults to
            ``'auto'``.
        threads (int): Images of a batch that run at a time. Defaults to 1:
            data workers and ranks are processes already.

    Raises:
        ValueError: If an argument is out of range.
    """
    iterations: int = 10
    pos_compat: float = 3
    pos_sxy: float = 3
    bi_compat: float = 10
    bi_sxy: float = 80
    bi_srgb: float = 13
    scale: float = 1
    backend: str = 'auto'
    threads: int = 1

    def __post_init__(self) -> None:
        for name in ('iterations', 'pos_sxy', 'bi_sxy', 'bi_srgb', 'scale',
                     'threads'):
            value = getattr(self, name)
            if not 0 < value <= _LARGEST:
                raise ValueError(f'{name}={value} is not positive, or beyond '
                                 'float32')
        for name in ('pos_compat', 'bi_compat'):
            value = getattr(self, name)
            if not 0 <= value <= _LARGEST:
                raise ValueError(f'{name}={value} is negative, or beyond '
                                 'float32')
        if self.backend not in BACKENDS:
            raise ValueError(f'backend={self.backend!r} is not one of '
                             f'{", ".join(BACKENDS)}')

    def __call__(self, image: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """Refine the class scores of an image.

        Args:
            image (np.ndarray): RGB, uint8 (H, W, 3).
            scores (np.ndarray): Scores in [0, 1], float (L, H, W), or
                (U, L, H, W) for several unaries at once. They need not sum
                to one; the unary is -log(clip(score, 1e-5, 1)).

        Returns:
            np.ndarray: Label probabilities, float32, shape of the scores.

        Raises:
            ValueError: As :meth:`infer`.
        """
        scores = np.asarray(scores)
        _finite(scores, 'scores')
        energies = score_energies(scores)
        return self.infer(np.asarray(image)[None], energies[None])[0]

    def infer(self,
              images: np.ndarray | Tensor,
              energies: np.ndarray | Tensor,
              snapshots: Sequence[int] | None = None) -> np.ndarray | Tensor:
        """Run mean field on a batch of images of one size.

        Args:
            images (np.ndarray | Tensor): uint8 (N, H, W, 3). The order of the
                colors changes the lattice a little, so be consistent.
            energies (np.ndarray | Tensor): Negative log-likelihoods, float
                (N, L, H, W), or (N, U, L, H, W): U unaries for each image,
                which share its lattice.
            snapshots (Sequence[int], optional): Numbers of iterations whose
                probabilities are wanted; they take one run. Defaults to
                ``iterations``.

        Returns:
            np.ndarray | Tensor: Label probabilities, float32, of the kind and
            on the device of the energies, in their shape; with ``snapshots``
            an axis for these before it. The probability of a single label
            is 1.

        Raises:
            ValueError: If sizes differ, there is no label or no pixel, a
                value is not finite, or deviations are too small or images
                too large for the backend.
            ImportError: If the backend is not there.
            MemoryError: If the image does not fit.
        """
        steps = _steps(snapshots, self.iterations)
        grouped = energies[:, None] if energies.ndim == 4 else energies
        self._check(images, grouped)
        if self.backend == 'exact':
            _finite(grouped, 'unaries')
            found = self._exact(images, grouped, steps)
        else:
            found = self._on_host(self._solver(images), grouped, steps)
        if snapshots is not None:
            order = [steps.index(step) for step in snapshots]
            return found[order].reshape(len(order), *energies.shape)
        return found[0].reshape(energies.shape)

    def infer_by(self, solve: Solver, images: np.ndarray,
                 energies: Tensor) -> Tensor:
        """Run mean field by another way of solving its images.

        Args:
            solve (Callable): Takes energies (N, U, C, H, W), float32, and the
                numbers of iterations; gives the probabilities of each image,
                (steps, U, C, H, W).
            images (np.ndarray): uint8 (N, H, W, 3).
            energies (Tensor): (N, L, H, W).

        Returns:
            Tensor: As :meth:`infer`.
        """
        self._check(images, energies[:, None])
        return self._on_host(solve, energies[:, None],
                             (self.iterations, ))[0].reshape(energies.shape)

    @property
    def engine(self) -> str:
        """The backend that runs: ``'auto'`` resolved."""
        if self.backend != 'auto':
            return self.backend
        if build_name() is not None:
            return 'native'
        _say_fallback()
        return 'pydensecrf'

    def kernels(self) -> dict[str, tuple[float, ...]]:
        """Weight and deviations of each kernel, ``scale`` applied."""
        return dict(
            smoothness=(self.pos_compat, self.pos_sxy / self.scale),
            appearance=(self.bi_compat, self.bi_sxy / self.scale,
                        self.bi_srgb))

    def _exact(self, images: np.ndarray | Tensor,
               energies: np.ndarray | Tensor,
               steps: tuple[int, ...]) -> np.ndarray | Tensor:
        if not isinstance(energies, Tensor):
            return self._exact(images, torch.tensor(energies), steps).numpy()
        if not isinstance(images, Tensor):
            images = torch.tensor(images)
        device = energies.device
        with torch.no_grad(), torch.autocast(device.type, enabled=False):
            return exact_mean_field(
                images.to(device), energies.float(), steps, **self.kernels())

    def _on_host(self, solve: Solver, energies: np.ndarray | Tensor,
                 steps: tuple[int, ...]) -> np.ndarray | Tensor:
        if isinstance(energies, Tensor):
            host = energies.detach().float().cpu().numpy()
            found = self._on_host(solve, host, steps)
            return torch.from_numpy(found).to(energies.device)
        _finite(energies, 'unaries')
        found = solve(energies.astype(np.float32, copy=False), steps)
        return found[0][:, None] if len(found) == 1 else np.stack(found, 1)

    def _solver(self, images: np.ndarray | Tensor) -> Solver:
        """The engine on these images, in threads."""
        images = images.cpu().numpy() if isinstance(images, Tensor) else images
        engine = self.engine
        if engine == 'native' and build_name() is None:
            raise ImportError('the compiled CRF engine is not built; build it '
                              'with: pip install --no-build-isolation -e .')
        run = (lattice_mean_field if engine == 'native'
               else library_mean_field)

        def solve(energies: np.ndarray,
                  steps: tuple[int, ...]) -> list[np.ndarray]:
            one = functools.partial(run, steps=steps, **self.kernels())
            if min(self.threads, len(images)) < 2:
                return list(map(one, images, energies))
            with ThreadPoolExecutor(self.threads) as pool:
                return list(pool.map(one, images, energies))

        return solve

    def _check(self, images: np.ndarray | Tensor,
               energies: np.ndarray | Tensor) -> None:
        if (str(images.dtype).removeprefix('torch.') != 'uint8'
                or images.ndim != 4 or images.shape[3] != 3):
            raise ValueError(f'images are {images.dtype} '
                             f'{tuple(images.shape)}, not uint8 (N, H, W, 3)')
        shape = tuple(energies.shape)
        size = (len(images), *images.shape[1:3])
        if len(shape) != 5 or (shape[0], *shape[3:]) != size:
            raise ValueError(f'unaries {shape} do not fit the images '
                             f'{tuple(images.shape)}')
        if 0 in shape:
            raise ValueError(f'nothing to label: unaries are {shape}')
        pixels = shape[3] * shape[4]
        # Corners, weights and hash table; energies and probabilities.
        need = pixels * (100 + 12 * shape[1] * shape[2])
        if pixels > _MOST_PIXELS or need > _memory():
            raise MemoryError(
                f'an image of {shape[3]}x{shape[4]} with {shape[1]}x{shape[2]}'
                f' labels needs about {need / 1e9:.0f} GB; resize it, or cut '
                'it into tiles that overlap by twice bi_sxy')


def _steps(snapshots: Sequence[int] | None,
           iterations: int) -> tuple[int, ...]:
    """Ascending numbers of iterations, each once."""
    if snapshots is None:
        return (iterations, )
    if not len(snapshots) or not all(
            0 <= step <= _MOST_STEPS and step == int(step)
            for step in snapshots):
        raise ValueError(f'snapshots={snapshots}: at least one whole number '
                         f'from 0 to {_MOST_STEPS}')
    return tuple(sorted({int(step) for step in snapshots}))


def _finite(values: np.ndarray | Tensor, name: str) -> None:
    if isinstance(values, Tensor):
        values = values.detach().float().cpu().numpy()
    if not values.size:
        return
    with np.errstate(over='ignore'):
        # Both pass NaN on, and need no mask of the size of the values.
        ends = np.array([values.min(), values.max()]).astype(np.float32)
    if not np.isfinite(ends).all():
        raise ValueError(f'{name} hold values that are not finite in float32')


@functools.cache
def _memory() -> float:
    """Bytes of memory of the machine."""
    try:
        return os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
    except (AttributeError, ValueError, OSError):
        return float('inf')


@functools.cache
def _say_fallback() -> None:
    """Once a process."""
    logging.getLogger('wsss_plugins').warning(
        'dense CRF: the compiled engine is not built, pydensecrf runs in its '
        'place, several times slower; build it with: '
        'pip install --no-build-isolation -e .')
