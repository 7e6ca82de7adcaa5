"""Labels of pairs: extraction, what a loader carries, what a disk holds.

The reference expands the label of each image to three float maps of all
pairs in its data workers; the package carries 8 bits for each grid location
and expands them in the loss. It keeps CRF scores of two runs as dicts of
float maps; the package keeps one label mask.
"""
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from common.harness import Case
from common.synthetic import classes_of_image, smooth_maps, true_mask
from common.walks import end_indices
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from wsss_plugins.ops.walk.affinity_labels import grid_labels
from wsss_plugins.ops.walk.pairs import pair_labels
from wsss_plugins.structures import read_mask, voc_palette, write_mask

_CELLS, _BATCH, _RADIUS, _IGNORE = 56, 8, 5, 255
_SIZE, _CROP, _STRIDE, _CLASSES = (375, 500), 448, 8, 21


def _label(seed: int) -> Tensor:
    classes = classes_of_image(seed, _CLASSES)
    return torch.from_numpy(true_mask(seed, classes, (_CELLS, _CELLS)))


def _expanded(label: Tensor) -> Tensor:
    """The reference's extraction of one image, float32 (3, P, n)."""
    source, other = end_indices(_CELLS, _CELLS)
    flat = label.flatten()
    here, there = flat[source][None], flat[other].view(-1, len(source))
    known = (here < _IGNORE) & (there < _IGNORE)
    same = here == there
    return torch.stack([same & known & (here == 0),
                        same & known & (here != 0),
                        ~same & known]).float()


def _stacked(labels: Tensor) -> Tensor:
    """The package's, for a batch at once, (N, 3, P, n)."""
    return torch.stack(pair_labels(labels, _RADIUS), dim=1).flatten(3)


def _different(reference: Tensor, ours: Tensor) -> dict[str, float]:
    return dict(
        different=int((reference != ours.to(reference.dtype)).sum()),
        labels=reference.numel())


class _Labels(Dataset):
    """Labels as the workers give them."""

    def __init__(self, count: int, expand: bool) -> None:
        self.labels = [_label(i % 16) for i in range(count)]
        self.expand = expand

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Tensor:
        label = self.labels[index]
        return _expanded(label) if self.expand else label


def _loaded(count: int, expand: bool) -> Tensor:
    """All labels through two workers, expanded; the last batch."""
    torch.multiprocessing.set_sharing_strategy('file_system')
    loader = DataLoader(
        _Labels(count, expand), batch_size=_BATCH, num_workers=2)
    for batch in loader:
        pairs = batch if expand else _stacked(batch)
    return pairs


def _write_scores(folder: Path, seed: int) -> Path:
    """Files of an image for both sides; path without suffix."""
    classes = classes_of_image(seed, _CLASSES, count=1 + seed % 2)
    maps = smooth_maps(seed, len(classes), _SIZE).numpy()
    stem = folder / f'image_{seed}'
    for name, alpha in (('la', 4), ('ha', 32)):
        background = (1 - maps.max(axis=0, keepdims=True))**alpha
        scores = np.concatenate([background, maps])
        np.savez(f'{stem}_{name}.npz',
                 **{str(c): m for c, m in zip([0, *classes], scores)})
    write_mask(f'{stem}.png', true_mask(seed, classes, _SIZE),
               voc_palette(_CLASSES))
    return stem


def _read_scores(stem: Path) -> np.ndarray:
    """The reference's sample: both dicts, crop, mean pool, two argmax."""
    halves = []
    for name in ('la', 'ha'):
        with np.load(f'{stem}_{name}.npz') as file:
            maps = np.stack([file[key] for key in file.files])
        canvas = np.zeros((len(maps), _CROP, _CROP), dtype=np.float32)
        part = maps[:, :_CROP, :_CROP]
        canvas[:, :part.shape[1], :part.shape[2]] = part
        halves.append(
            F.avg_pool2d(torch.from_numpy(canvas), _STRIDE).argmax(dim=0))
    label = torch.where(halves[0] == 0, _IGNORE, halves[0])
    return torch.where(halves[1] == 0, 0, label).numpy()


def _read_label(stem: Path) -> np.ndarray:
    """The package's: the mask, crop, one pixel for each grid location."""
    canvas = np.full((_CROP, _CROP), _IGNORE, dtype=np.uint8)
    part = read_mask(f'{stem}.png')[:_CROP, :_CROP]
    canvas[:part.shape[0], :part.shape[1]] = part
    return grid_labels(canvas, _STRIDE)


def _bytes(stems: list[Path], suffixes: tuple[str, ...]) -> float:
    files = itertools.product(stems, suffixes)
    return sum(
        Path(f'{stem}{suffix}').stat().st_size
        for stem, suffix in files) / 1e6


def _storage_case(folder: Path, count: int) -> Case:
    stems = [_write_scores(folder, seed) for seed in range(count)]
    dicts = _bytes(stems, ('_la.npz', '_ha.npz'))
    masks = _bytes(stems, ('.png', ))
    return Case(
        f'{count} samples from disk',
        reference=lambda: [_read_scores(stem) for stem in stems],
        ours=lambda: [_read_label(stem) for stem in stems],
        agree=lambda a, b: dict(
            cells=sum(x.size for x in b), storage_ratio=dicts / masks),
        memory_mb=dict(score_dicts=dicts, label_masks=masks))


def cases(folder: Path, quick: bool) -> Iterator[Case]:
    """Extraction of a batch, a data loader, samples from disk."""
    labels = torch.stack([_label(seed) for seed in range(_BATCH)])
    yield Case(
        f'labels of pairs, {_BATCH} of {_CELLS}x{_CELLS}',
        reference=lambda: torch.stack([_expanded(one) for one in labels]),
        ours=lambda: _stacked(labels),
        agree=_different)
    count = 128 if quick else 800
    yield Case(
        f'{count} labels through 2 workers',
        reference=lambda: _loaded(count, True),
        ours=lambda: _loaded(count, False),
        agree=_different,
        memory_mb=dict(
            reference_batch=_expanded(labels[0]).nbytes * _BATCH / 1e6,
            our_batch=labels.nbytes / 1e6))
    yield _storage_case(folder, 4 if quick else 16)
