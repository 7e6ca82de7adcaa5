"""Localization cues from the public pickle of SEC."""
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ...structures import (
    ClassSpace,
    Cues,
    ImageLabels,
    UserError,
    load_pickle,
    read_text,
    voc_palette,
)
from ...structures.cues import EXCLUSIVE_SUFFIX, OVERLAPPING_SUFFIX
from ...structures.image_list import some
from ...structures.text_files import described
from .voc_xml import VOC_CLASSES

_SEC_SIZE = 41, 41
_LAYOUT = "expected SEC's localization_cues.pickle"


@dataclass
class CueStatistics:
    """Sums over the cues of a data set.

    Attributes:
        images (int): Number of images.
        pixels (int): Grid locations of all images.
        background (int): Cues of the background.
        labeled (int): Grid locations with at least one cue.
        cues (int): All cues; more than ``labeled`` where classes overlap.
        by_class (np.ndarray): Cues of each dataset class, int64 (C,).
    """
    images: int = 0
    pixels: int = 0
    background: int = 0
    labeled: int = 0
    cues: int = 0
    by_class: np.ndarray = field(default_factory=lambda: np.zeros(0, int))

    def add(self, cues: Cues) -> None:
        """Count the cues of one image; class 0 is the background."""
        counts = cues.masks.sum(axis=(1, 2))
        if not self.images:
            self.by_class = np.zeros(cues.num_classes, dtype=np.int64)
        self.images += 1
        self.pixels += cues.masks[0].size
        self.background += int(counts[0])
        self.labeled += int(cues.masks.any(axis=0).sum())
        self.cues += int(counts.sum())
        self.by_class += counts

    def lines(self) -> list[str]:
        """What the paper's data are known by, for people."""
        return [
            f'images: {self.images}',
            f'background grid locations of an image: '
            f'{self.background / self.images:.1f}',
            f'foreground share of all cues: '
            f'{1 - self.background / max(1, self.cues):.3f}',
            f'labeled share of all grid locations: '
            f'{self.labeled / self.pixels:.3f}',
        ]


@dataclass(frozen=True)
class _PublicCues:
    """The pickle and its list of images, checked on access."""
    path: str
    entries: dict
    names: dict[str, int]
    space: ClassSpace
    size: tuple[int, int]

    def labels(self, name: str) -> np.ndarray:
        """Dataset class indices of an image, int (K,)."""
        number = self.names[name]
        labels = self.entries.get(f'{number}_labels')
        if (not isinstance(labels, np.ndarray) or labels.ndim != 1
                or labels.dtype.kind not in 'iu'):
            raise UserError(
                f'{self.path}: {number}_labels of {name!r} is '
                f'{_kind(labels)}, not integers (K,); {_LAYOUT}')
        allowed = labels[np.isin(labels, self.space.foreground)]
        if not len(labels) or len(np.unique(allowed)) < len(labels):
            raise UserError(
                f'{self.path}: {number}_labels of {name!r} is '
                f'{labels.tolist()[:9]}, not unique classes in 1..'
                f'{len(self.space.foreground)}; name the classes with '
                '--classes')
        return labels

    def cues(self, name: str) -> Cues:
        """Cues of an image, of no class that it is not labeled with."""
        number = self.names[name]
        where = f'{self.path}: {number}_cues of {name!r}'
        rows = self.entries.get(f'{number}_cues')
        if not isinstance(rows, np.ndarray):
            raise UserError(f'{where} is {_kind(rows)}, not integers (3, M); '
                            f'{_LAYOUT}')
        try:
            cues = Cues.from_rows(rows, len(self.space.names), self.size)
        except ValueError as error:
            raise UserError(f'{where}: {error}; fix the file, --size or '
                            '--classes') from None
        stray = set(np.unique(rows[0]).tolist()) - {
            self.space.background, *self.labels(name).tolist()
        }
        if stray:
            raise UserError(f'{where}: class {min(stray)} is not among its '
                            'labels; fix the file')
        return cues


def convert_sec_cues(
    path: str | os.PathLike,
    list_path: str | os.PathLike,
    folder: str | os.PathLike,
    classes: Sequence[str] = VOC_CLASSES,
    size: tuple[int, int] = _SEC_SIZE
) -> tuple[ImageLabels, CueStatistics]:
    """Write a cue file for each image of SEC's public cues.

    All entries are checked before the first file is written. Cues that
    exclude one another go to PNG files; if any image has overlapping ones,
    all go to ``.npz`` files. Files that hold the same cues already are kept,
    so a run that was cut off goes on.

    Args:
        path (str | PathLike): ``localization_cues.pickle``, gzipped or not;
            read without running its code. A dict with ``'N_labels'``, int
            (K,) of 1..C, and ``'N_cues'``, int (3, M) of class (0 is the
            background), row and column.
        list_path (str | PathLike): Lines ``NAME.jpg N``.
        folder (str | PathLike): Folder for the cue files.
        classes (Sequence[str]): Foreground classes in the order of the
            indices 1, 2, ... Defaults to those of VOC.
        size (tuple[int, int]): Height and width of the grid, which the
            pickle does not tell. Defaults to 41 x 41.

    Returns:
        tuple[ImageLabels, CueStatistics]: Labels and counts of the images of
        the list.

    Raises:
        UserError: If a file is missing or of another layout, a name or
            number is listed twice, or a value is out of range.
    """
    data = load_pickle(path)
    if not isinstance(data, dict) or not data:
        raise UserError(f'{path}: holds {described(data)}, not a dict; '
                        f'{_LAYOUT}')
    public = _PublicCues(
        str(path), data, read_input_list(list_path),
        ClassSpace.from_foreground(classes), size)
    labels, statistics, exclusive = {}, CueStatistics(), True
    for name, cues in _all(public, 'checking cues'):
        labels[name] = [public.space.names[i] for i in public.labels(name)]
        statistics.add(cues)
        exclusive &= cues.exclusive
    suffix = EXCLUSIVE_SUFFIX if exclusive else OVERLAPPING_SUFFIX
    palette = voc_palette(len(public.space.names))
    for name, cues in _all(public, 'writing cues'):
        _write(Path(folder, name + suffix), cues, palette)
    return ImageLabels(tuple(classes), labels), statistics


def read_input_list(path: str | os.PathLike) -> dict[str, int]:
    """Number of each image in SEC's ``input_list.txt``.

    Raises:
        UserError: If a line is not ``NAME.jpg N``, or a name or number comes
            twice.
    """
    text = read_text(path, 'list of images')
    names: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        image, _, index = line.strip().rpartition(' ')
        name = Path(image).stem
        if not index.isdecimal() or not name or image != Path(image).name:
            raise UserError(f'{path}: line {number} is {line[:60]!r}, not '
                            "'NAME.jpg N' without folders; give SEC's "
                            'input_list.txt')
        if name in names:
            raise UserError(f'{path}: line {number} names {name!r} again; '
                            'list each image once')
        names[name] = int(index)
    if len(set(names.values())) < len(names) or not names:
        raise UserError(f'{path}: {len(names)} images with '
                        f'{len(set(names.values()))} numbers; give each '
                        'image its own')
    return names


def _all(public: _PublicCues, what: str) -> Iterator[tuple[str, Cues]]:
    """Cues of all listed images, with a progress bar."""
    absent = [
        name for name, number in public.names.items()
        if f'{number}_cues' not in public.entries
    ]
    if absent:
        raise UserError(f'{public.path}: no cues of {len(absent)} listed '
                        f'images: {some(absent)}; fix the list')
    for name in tqdm(public.names, desc=what):
        yield name, public.cues(name)


def _write(path: Path, cues: Cues, palette: list[list[int]]) -> None:
    """Write one file, unless it holds these cues already."""
    if path.is_file():
        try:
            there = Cues.load(path, cues.num_classes)
            if np.array_equal(there.masks, cues.masks):
                return
        except UserError:
            pass  # cut off: it is written again
    cues.save(path, palette)


def _kind(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f'{value.dtype} {value.shape}'
    return 'missing' if value is None else f'a {type(value).__name__}'
