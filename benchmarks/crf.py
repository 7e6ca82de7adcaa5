"""Dense CRF of an image against pydensecrf, from unaries to probabilities.

The smoothness lattice of a size is kept between images, as it is in use; a
case says where it is not. Growth: the cases of C=3 at three sizes.
"""
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from common.harness import Case
from common.images import energies, image_of
from common.peak_memory import peak_mb
from common.probabilities import agreement

from wsss_plugins.ops.crf.dense_crf import DenseCRF
from wsss_plugins.ops.crf.lattice import clear_cache

_IRN = dict(bi_sxy=50, bi_srgb=5, bi_compat=10)


def _case(name: str,
          labels: int,
          size: tuple[int, int] = (375, 500),
          unaries: int = 1,
          kept: bool = True,
          memory: bool = False,
          image: int = 0,
          **crf: float) -> Case:
    image = image_of(image, *size)[None]
    unary = np.stack([energies(u, labels, *size) for u in range(unaries)])
    sides = [
        DenseCRF(backend=backend, **crf)
        for backend in ('pydensecrf', 'native')
    ]

    def reference() -> np.ndarray:
        return sides[0].infer(image, unary[None])

    def ours() -> np.ndarray:
        if not kept:
            clear_cache()
        return sides[1].infer(image, unary[None])

    return Case(name, reference, ours, agreement,
                _memory(reference, ours) if memory else {})


def _memory(reference: Callable, ours: Callable) -> dict[str, float]:
    clear_cache()
    return dict(reference=peak_mb(reference), ours=peak_mb(ours))


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """One label set and several, few and many steps, sizes, pairs."""
    yield _case('C=3, 10 steps, 500x375', 3, memory=True)
    yield _case('C=21, 10 steps, 500x375', 21, memory=True)
    yield _case('C=3, la + ha pair, 10 steps', 3, unaries=2, memory=True)
    yield _case('C=3, 10 steps, no lattice kept', 3, kept=False)
    yield _case('C=3, 1 step', 3, iterations=1)
    yield _case('C=2, la + ha pair, 10 steps', 2, unaries=2)
    yield _case('C=3, IRN fg + bg pair', 3, unaries=2, **_IRN)
    yield _case('C=3, 10 steps, 250x188', 3, size=(188, 250))
    yield _case('C=3, 10 steps, 1000x750', 3, size=(750, 1000))
    if quick:
        return
    yield _case('C=3, 5 steps', 3, iterations=5)
    yield _case('C=81, 10 steps', 81)
    for image in range(1, 4):
        yield _case(f'C=3, 10 steps, image {image}', 3, image=image)
        yield _case(f'C=21, 10 steps, image {image}', 21, image=image)
