"""A CRF whose lattices are built before its unaries are known."""
import functools
import os
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from torch import Tensor

from .dense_crf import DenseCRF
from .lattice import ImageLattices


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix='crf')


if hasattr(os, 'register_at_fork'):
    # Threads do not live on in a forked process.
    os.register_at_fork(after_in_child=_pool.cache_clear)


class CRFAhead:
    """Mean field on a batch of images, begun before the unaries are known.

    Most of what depends on an image alone, its lattice, is built in threads
    of its own while the caller, or a GPU, computes the unaries. The results
    are those of :meth:`DenseCRF.infer`, bit by bit.

    Args:
        crf (DenseCRF): The CRF; its ``threads`` build and solve at a time.
        images (np.ndarray): uint8 (N, H, W, 3), on the host.
    """

    def __init__(self, crf: DenseCRF, images: np.ndarray) -> None:
        self.crf, self.images = crf, images
        self._lattices: list[Future] = []
        if crf.engine == 'native':
            pool, kernels = _pool(crf.threads), crf.kernels()
            self._lattices = [
                pool.submit(ImageLattices, image, **kernels)
                for image in images
            ]

    def infer(self, energies: Tensor) -> Tensor:
        """Label probabilities; waits for the lattices.

        Args:
            energies (Tensor): Negative log-likelihoods, (N, C, H, W).

        Returns:
            Tensor: float32 (N, C, H, W) on the device of the energies.

        Raises:
            ValueError: As :meth:`DenseCRF.infer`.
        """
        if not self._lattices:
            return self.crf.infer(self.images, energies)
        return self.crf.infer_by(self._solve, self.images, energies)

    def _solve(self, energies: np.ndarray,
               steps: tuple[int, ...]) -> list[np.ndarray]:
        """Mean field of each image, (N, U, C, H, W) in."""
        def solve(lattices: Future, unaries: np.ndarray) -> np.ndarray:
            return lattices.result().mean_field(unaries, steps)

        if self.crf.threads < 2:
            return list(map(solve, self._lattices, energies))
        return list(_pool(self.crf.threads).map(
            solve, self._lattices, energies))
