"""Ground-truth masks of a few photos, checked and written at work size."""
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ..structures import (
    IGNORE_INDEX,
    Problem,
    UserError,
    atomic_path,
    read_mask,
    write_mask,
)
from ..structures.problems import error, errors_of, problem_of, warning
from .entries import Entry
from .map_files import MapMatcher

_WHAT = 'ground truth'
# Fewer images tell little of a class, or of all.
_FEW_OF_CLASS, _FEW = 3, 10


@dataclass
class Truth:
    """Ground truth of some photos.

    Attributes:
        paths (dict[str, Path]): Mask by source of the photo.
        problems (list[Problem]): What is wrong.
    """
    paths: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_truth(folder: str | os.PathLike, matcher: MapMatcher,
               sizes: Mapping[str, tuple[int, int]],
               labels: Mapping[str, Sequence[str]],
               classes: Sequence[str]) -> Truth:
    """Read and check masks of the size of their photos.

    Args:
        folder (str | PathLike): Palette or gray PNG files of class indices,
            255 = ignored, named as their photos.
        matcher (MapMatcher): Of the photos.
        sizes (Mapping[str, tuple[int, int]]): Height and width, upright, of
            photos by source.
        labels (Mapping[str, Sequence[str]]): Image-level labels by source.
        classes (Sequence[str]): What masks index, the background first.
    """
    files = matcher.match(folder, _WHAT)
    truth = Truth(files.paths, list(files.problems))
    shown: dict[str, set[int]] = {}
    for source, path in sorted(files.paths.items()):
        try:
            mask = read_mask(path, len(classes))
        except UserError as flaw:
            truth.problems.append(_told(flaw, classes))
            continue
        if mask.shape != sizes[source]:
            truth.problems.append(_wrong_size(path, mask.shape, source,
                                              sizes[source]))
        shown[source] = set(np.unique(mask).tolist()) - {IGNORE_INDEX}
    if not errors_of(truth.problems):
        truth.problems += _unlike(folder, shown, labels, classes)
        truth.problems += _few(folder, shown, classes)
    return truth


def _told(flaw: UserError, classes: Sequence[str]) -> Problem:
    """A mask that cannot be read, with what indices mean."""
    told = problem_of(f'{_WHAT} that cannot be used', flaw)
    if 'out of range' not in told.what:
        return told
    listed = ', '.join(f'{i} {name}' for i, name in enumerate(classes[:30]))
    more = ', ...' * (len(classes) > 30)
    return error(told.kind, told.where, told.what,
                 f'write {listed}{more}, {IGNORE_INDEX} ignored; --classes '
                 'FILE fixes the order of classes')


def _wrong_size(path: Path, size: tuple[int, int], source: str,
                wanted: tuple[int, int]) -> Problem:
    return error(
        f'{_WHAT} of another size than its photo', path,
        f'{size[1]} x {size[0]} pixels, but {source} has {wanted[1]} x '
        f'{wanted[0]} upright', 'save it at the size of the upright photo')


def _unlike(folder: str | os.PathLike, shown: Mapping[str, set[int]],
            labels: Mapping[str, Sequence[str]],
            classes: Sequence[str]) -> list[Problem]:
    """Masks whose classes are not those of the labels."""
    problems, strangers = [], 0
    for source, indices in shown.items():
        drawn = {classes[i] for i in indices - {0}}
        given = set(labels[source])
        strangers += bool(drawn) and not drawn & given
        for name in sorted(drawn - given):
            problems.append(warning(
                f'{_WHAT} of classes that the labels lack', source,
                f'its mask shows {name}, its labels do not',
                'add the label, or fix the mask'))
    if strangers > len(shown) / 2:
        order = ', '.join(f'{i} {name}' for i, name in
                          enumerate(classes[:30]))
        return [error(
            f'{_WHAT} with other numbers of classes', folder,
            f'{strangers} of {len(shown)} masks show none of the classes of '
            'their labels', f'write {order}, or give this order by --classes '
            'FILE')]
    if not any(indices - {0} for indices in shown.values()):
        problems.append(error(
            f'{_WHAT} without objects', folder, 'no mask shows a class',
            'give masks with class indices 1, 2, ... for the objects'))
    return problems


def _few(folder: str | os.PathLike, shown: Mapping[str, set[int]],
         classes: Sequence[str]) -> list[Problem]:
    """What there is too little of to tell much."""
    counts = Counter(i for indices in shown.values() for i in indices)
    problems = [warning(
        f'classes with little {_WHAT}', name, f'{counts[i]} of {len(shown)} '
        'masks show it, so its IoU tells little',
        f'add masks until {_FEW_OF_CLASS} or more show it')
        for i, name in enumerate(classes) if i and counts[i] < _FEW_OF_CLASS]
    if len(shown) < _FEW:
        problems.append(warning(
            f'little {_WHAT}', folder, f'{len(shown)} masks; the interval of '
            'what is measured by them will be wide',
            f'add masks; {_FEW} are a sensible start'))
    return problems


def write_truth(truth: Truth | None, entries: Mapping[str, Entry], places,
                palette: Sequence[Sequence[int]]) -> None:
    """Write masks at the size of the work copies, and their list.

    What was written before and is no truth now is taken away.

    Args:
        truth (Truth, optional): As read.
        entries (Mapping[str, Entry]): Of all images, by name.
        places (Places): Where to.
        palette (Sequence): RGB color of each class.
    """
    wanted = {name: truth.paths[entry.source]
              for name, entry in sorted(entries.items())
              if truth is not None and entry.source in truth.paths}
    for path in places.truth.glob('*.png'):
        if path.stem not in wanted:
            path.unlink(missing_ok=True)
    for name, path in wanted.items():
        height, width = entries[name].work_size
        mask = cv2.resize(read_mask(path), (width, height),
                          interpolation=cv2.INTER_NEAREST)
        _write(places.truth / f'{name}.png', mask, palette)
    if wanted:
        with atomic_path(places.split_list('truth')) as temporary:
            temporary.write_text(''.join(f'{name}\n' for name in wanted),
                                 encoding='utf-8')
    else:
        places.split_list('truth').unlink(missing_ok=True)


def _write(path: Path, mask: np.ndarray,
           palette: Sequence[Sequence[int]]) -> None:
    """Write a mask unless the file holds it."""
    try:
        if np.array_equal(read_mask(path), mask):
            return
    except UserError:
        pass
    write_mask(path, mask, palette)
