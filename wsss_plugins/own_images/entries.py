"""Where each image of a workspace came from: ``images.json``."""
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..structures import read_json, write_json
from ..structures.failures import reading

_VERSION = 1
_WHAT = 'list of images'
_FIX = ('restore it from a copy; or delete it, and images that were moved or '
        'renamed since the first run lose their corrections')


@dataclass(frozen=True)
class Entry:
    """One image.

    Attributes:
        source (str): Path below the folder of images, with slashes.
        size (tuple[int, int]): Height and width, upright.
        work_size (tuple[int, int]): Of the work copy.
        digest (str): SHA-256 of the image file.
        split (str): ``'train'`` or ``'val'``.
        stamp (tuple[int, ...]): Of the image file, see :class:`.Photo`.
        copy (tuple[int, int]): Bytes and time of the work copy.
    """
    source: str
    size: tuple[int, int]
    work_size: tuple[int, int]
    digest: str
    split: str
    stamp: tuple[int, ...] = ()
    copy: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Entries:
    """All images of a workspace, and how they were prepared.

    Attributes:
        images (dict[str, Entry]): By name.
        names (dict[str, str]): Name by source, of all images that there ever
            were: no name gets a second meaning.
        classes (tuple[str, ...]): With the background.
        options (dict): Of which copies and splits depend.
    """
    images: dict[str, Entry] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    options: dict = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> 'Entries':
        """Read the file; a missing one is as none.

        Raises:
            UserError: If it is damaged: names of moved images, and with them
                what their corrections belong to, stand nowhere else.
        """
        if not path.exists():
            return cls()
        data = read_json(path, _WHAT, _FIX)
        with reading(path, _WHAT, _FIX):
            return cls._of(data)

    @classmethod
    def _of(cls, data: Any) -> 'Entries':
        if data['version'] != _VERSION:
            raise ValueError(f'version {data["version"]!r:.20}, this package '
                             f'reads {_VERSION}')
        images = {name: Entry(**{
            key: tuple(value) if isinstance(value, list) else value
            for key, value in entry.items()})
            for name, entry in data['images'].items()}
        return cls(images, dict(data['names']), tuple(data['classes']),
                   dict(data['options']))

    def save(self, path: Path) -> None:
        """Write the file, atomically."""
        write_json(path, dict(
            version=_VERSION, options=self.options,
            classes=list(self.classes), names=self.names,
            images={name: vars(entry)
                    for name, entry in self.images.items()}),
            indent=0, ensure_ascii=False)

    def by_source(self) -> Mapping[str, tuple[str, Entry]]:
        """Name and entry by source."""
        return {entry.source: (name, entry)
                for name, entry in self.images.items()}
