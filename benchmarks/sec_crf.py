"""The CRF of SEC's training: 15 maps of 41x41 with 21 labels, 10 steps.

At scale 12 the smoothness kernel is the identity, which the engine finds out
by itself.
"""
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from common.harness import Case
from common.images import energies, image_of
from common.probabilities import agreement

from wsss_plugins.ops.crf.dense_crf import DenseCRF

_BATCH, _LABELS, _IN, _STRIDE = 15, 21, 321, 8


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """One and two threads."""
    images = np.stack([
        image_of(index, _IN, _IN)[::_STRIDE, ::_STRIDE]
        for index in range(_BATCH)
    ])
    size = images.shape[1:3]
    unaries = np.stack(
        [energies(seed, _LABELS, *size) for seed in range(_BATCH)])
    library = DenseCRF(scale=12, backend='pydensecrf')
    for threads in (1, 2):
        ours = DenseCRF(scale=12, backend='native', threads=threads)
        yield Case(
            f'batch of 15, {threads} thread{"s" * (threads > 1)}',
            lambda: library.infer(images, unaries),
            lambda ours=ours: ours.infer(images, unaries), agreement)
