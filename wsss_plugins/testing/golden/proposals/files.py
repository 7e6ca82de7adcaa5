"""Proposal files as segment-anything writes them."""
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from wsss_plugins.structures.proposals import Proposals
from wsss_plugins.testing.arrays import load_arrays
from wsss_plugins.testing.checks import Check, checks, compare

from .merging import masks_of


@checks('*.json')
def check_file(path: Path) -> Iterator[Check]:
    """``NAME_KIND.json``: the masks of ``NAME.npz``, in any of the forms."""
    golden = load_arrays(_arrays(path))
    found = Proposals.load(path)
    masks = np.concatenate(list(found.chunks()))
    yield compare('masks', masks, masks_of(golden), 0, 0)
    yield compare('area', found.areas, golden['area'], 0, 0)
    if 'level' in path.stem:
        yield compare('level', found.levels, golden['levels'], 0, 0)


def _arrays(path: Path) -> Path:
    """The file of arrays whose name the JSON's begins with."""
    named = [other for other in path.parent.glob('*.npz')
             if f'{path.stem}_'.startswith(f'{other.stem}_')]
    # Or with the part before the first underscore, as p3_single_mask.
    named = named or sorted(
        path.parent.glob(f'{path.stem.partition("_")[0]}_*.npz'))
    if not named:
        raise FileNotFoundError(f'no arrays beside {path}')
    return max(named, key=lambda other: len(other.stem))
