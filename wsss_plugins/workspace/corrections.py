"""What a person corrected: labels, masks and verdicts, never half-written."""
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..structures import (
    IGNORE_INDEX,
    ImageLabels,
    UserError,
    read_json,
    read_mask,
    voc_palette,
    write_json,
    write_mask,
)
from ..structures.text_files import name_flaw
from .folder_lock import folder_lock

VERSION = 1
STATUSES = ('accepted', 'rejected')
_FIX = 'restore it from a copy, or delete it to start without corrections'
_KEYS = ('labels', 'status', 'mask')


class StaleError(Exception):
    """Somebody else changed the image since it was read.

    Attributes:
        entry (dict): What is stored now.
    """

    def __init__(self, name: str, entry: dict) -> None:
        super().__init__(f'{name} was changed meanwhile')
        self.entry = entry


@dataclass(frozen=True)
class Corrections:
    """Corrections of the images of a workspace.

    ``corrections.json`` holds ``{"version": 1, "revision": int, "classes":
    [...], "images": {NAME: {"labels": [...], "status": "accepted" |
    "rejected", "mask": true, "changed": ISO time, "revision": int}}}``; a
    mask is ``masks/NAME.png``. Every change gets the next revision. Files are
    replaced whole and under a lock of the folder, so threads and processes
    may write at a time. Nothing in it names a path: the folder can move.

    A mask file counts only if its entry says so. ``classes`` are those that
    the masks' indices count; they are only ever appended to, so masks keep
    their meaning when classes of the workspace change order.

    Args:
        folder (str | PathLike): ``OUT/corrections``; made by the first change.
        classes (Sequence[str], optional): Classes that masks given and asked
            for index, background first. Without, indices pass as they are.
        palette (Sequence[Sequence[int]], optional): RGB of each class.
            Defaults to PASCAL VOC's.
    """
    folder: str | os.PathLike
    classes: Sequence[str] | None = None
    palette: Sequence[Sequence[int]] | None = None

    @property
    def file(self) -> Path:
        """The file of all but the masks."""
        return Path(self.folder, 'corrections.json')

    def mask_path(self, name: str) -> Path:
        """Where the corrected mask of an image lies if it has one.

        Raises:
            UserError: If the name cannot be that of a file in the folder.
        """
        flaw = name_flaw(name)
        if flaw or {'/', '\\'} & set(name):
            raise UserError(f'the name of an image {flaw or repr(name)}; '
                            'expected a name without folders')
        return Path(self.folder, 'masks', f'{name}.png')

    def read(self) -> dict[str, dict]:
        """Entries by image name; see the class.

        An entry whose corrections were all taken back holds only
        ``changed`` and ``revision``.

        Raises:
            UserError: If the file is damaged or of a later version.
        """
        return self.load()['images']

    def load(self) -> dict[str, Any]:
        """The whole of ``corrections.json``; without a file an empty one."""
        if not self.file.exists():
            return dict(version=VERSION, revision=0, classes=[], images={})
        data = read_json(self.file, 'file of corrections', _FIX)
        flaw = _flaw(data)
        if flaw:
            raise UserError(f'{self.file}: {flaw}; {_FIX}')
        latest = [e.get('revision', 0) for e in data['images'].values()]
        return dict(data, classes=data.get('classes', []),
                    revision=max([data.get('revision', 0), *latest]))

    def mask(self, name: str, known: dict | None = None) -> np.ndarray | None:
        """Corrected mask of an image, uint8 (H, W); None if it has none.

        With ``classes`` its indices count those, and classes that are not
        among them became 255 (ignored).

        Args:
            name (str): Of the image.
            known (dict, optional): What :meth:`load` gave, where many masks
                are read.

        Raises:
            UserError: If the file is missing, damaged, or of unknown classes.
        """
        data = self.load() if known is None else known
        if not data['images'].get(name, {}).get('mask'):
            return None
        mask = read_mask(self.mask_path(name))
        return self._mapped(mask, data['classes'], self.classes)

    def masked(self) -> list[str]:
        """Names of the images with a corrected mask, sorted."""
        return sorted(n for n, entry in self.read().items()
                      if entry.get('mask'))

    def overlay(self, labels: ImageLabels) -> ImageLabels:
        """Labels with the corrected ones in their place.

        Args:
            labels (ImageLabels): Of the images. Classes that only corrections
                name come behind them, in alphabetical order; corrections of
                other images do not count.
        """
        changed = {
            name: entry['labels'] for name, entry in self.read().items()
            if 'labels' in entry and name in labels.images
        }
        new = {c for some in changed.values() for c in some}
        classes = (*labels.classes, *sorted(new - set(labels.classes)))
        return ImageLabels(classes, {**labels.images, **changed})

    def set_labels(self, name: str, labels: Sequence[str] | None) -> dict:
        """Correct the labels of an image; None takes that back."""
        return self.change(name, labels=labels)

    def set_status(self, name: str, status: str | None) -> dict:
        """Accept or reject an image; None takes that back."""
        return self.change(name, status=status)

    def set_mask(self, name: str, mask: np.ndarray | None) -> dict:
        """Correct the mask of an image; None takes that back."""
        return self.change(name, mask=mask)

    def change(self, name: str, revision: int | None = None,
               **changes: Any) -> dict:
        """Change several things of an image at once.

        Args:
            name (str): Of the image.
            revision (int, optional): That of the entry which the change
                builds on, 0 for none. Without it the last writer wins.
            changes: ``labels``, ``status``, ``mask`` as of the methods.

        Returns:
            dict: The new entry.

        Raises:
            StaleError: If the entry has another revision.
            UserError: If a value is wrong, or the disk refuses.
        """
        path = self.mask_path(name)
        _check(name, changes)
        with folder_lock(self.folder):
            data = self.load()
            entry = dict(data['images'].get(name, {}))
            if revision is not None and revision != entry.get('revision', 0):
                raise StaleError(name, entry)
            mask = changes.pop('mask', entry.get('mask'))
            if isinstance(mask, np.ndarray):
                # Before the entry: until that is written, the mask of a
                # process that dies here counts for nothing new.
                self._write_mask(path, mask, data)
            entry.update(changes, mask=mask is not None or None)
            entry = {k: v for k, v in entry.items() if v is not None}
            data['revision'] += 1
            entry.update(changed=_now(), revision=data['revision'])
            data['images'][name] = entry
            write_json(self.file, data, indent=0, ensure_ascii=False)
            if mask is None:
                path.unlink(missing_ok=True)
        return entry

    def _write_mask(self, path: Path, mask: np.ndarray, data: dict) -> None:
        """Write a mask in the classes of the file, which may grow."""
        if self.classes is not None:
            known = data['classes']
            known += [c for c in self.classes if c not in known]
            mask = self._mapped(mask, self.classes, known)
        write_mask(path, mask, self._colors(data['classes']))

    def _colors(self, names: Sequence[str]) -> list[Sequence[int]]:
        """Colors of the classes of the file, by their names."""
        colors = [list(color) for color in voc_palette(IGNORE_INDEX)]
        own = dict(zip(self.classes or (), self.palette or ()))
        for index, name in enumerate(names):
            colors[index] = list(own.get(name, colors[index]))
        return colors

    def _mapped(self, mask: np.ndarray, source: Sequence[str],
                target: Sequence[str] | None) -> np.ndarray:
        """Indices that count ``source`` as ones that count ``target``."""
        if target is None or not source or list(source) == list(target):
            return mask
        table = np.full(256, IGNORE_INDEX, dtype=np.uint8)
        for index, name in enumerate(source):
            if name in target:
                table[index] = list(target).index(name)
        return table[mask]


def _now() -> str:
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())


def _check(name: str, changes: Mapping[str, Any]) -> None:
    """Raise for what must not come into the file."""
    unknown = set(changes) - set(_KEYS)
    if unknown:
        raise TypeError(f'{unknown} cannot be changed')
    status, labels = changes.get('status'), changes.get('labels')
    if status is not None and status not in STATUSES:
        raise UserError(f'{name}: status {status!r} is none of '
                        f'{", ".join(STATUSES)}')
    if labels is not None and _labels_flaw(labels):
        raise UserError(f'{name}: {_labels_flaw(labels)}')


def _labels_flaw(labels: Any) -> str | None:
    if not isinstance(labels, (list, tuple)):
        return 'labels are no list'
    if len(set(map(str, labels))) != len(labels):
        return f'labels {list(labels)} hold one twice'
    for label in labels:
        flaw = name_flaw(label)
        if flaw or label == 'background':
            return f'a label {flaw or "is the background"}'
    return None


def _flaw(data: Any) -> str | None:
    """What is wrong with the content of the file."""
    if not isinstance(data, dict) or not isinstance(data.get('images'), dict):
        return 'expected {"version": 1, "images": {name: {...}}}'
    if data.get('version') != VERSION:
        return f'version {data.get("version")!r}, this package reads {VERSION}'
    classes, revision = data.get('classes', []), data.get('revision', 0)
    if not isinstance(classes, list) or not isinstance(revision, int):
        return 'its classes are no list, or its revision no number'
    for name, entry in data['images'].items():
        if (not isinstance(entry, dict)
                or not isinstance(entry.get('revision', 0), int)):
            return f'the entry of {name!r:.60} is no object with a revision'
        if entry.get('status') not in (None, *STATUSES):
            return f'{name}: status {entry["status"]!r:.60}'
        labels = entry.get('labels', [])
        flaw = _labels_flaw(labels)
        if flaw:
            return f'{name}: {flaw}'
    return None
