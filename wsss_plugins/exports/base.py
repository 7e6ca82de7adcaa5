"""Formats of masks; a module of this package adds one."""
import importlib
import os
import pkgutil
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from ..structures import IGNORE_INDEX, UserError, atomic_path
from ..structures.atomic import writing
from .shapes import Region, without_ignored

#: Height and width of an image by any of its names; None if it is unknown.
SizeOf = Callable[[str], 'tuple[int, int] | None']


@dataclass(frozen=True)
class MaskItem:
    """An image and its mask.

    Attributes:
        name (str): Path of the image below the folder of images, with ``/``
            and its suffix.
        size (tuple[int, int]): Height and width of the upright image.
        read (Callable): Gives the mask, uint8 (H, W), 255 ignored.
        image (Path, optional): File of the image.
        split (str): ``'train'`` or ``'val'``.
    """
    name: str
    size: tuple[int, int]
    read: Callable[[], np.ndarray]
    image: Path | None = None
    split: str = 'train'

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return str(PurePosixPath(self.name).with_suffix(''))


class Notes(Counter):
    """What a format could not keep, and how often, by a sentence."""

    def holes(self, region: Region) -> None:
        """Count the holes of a component that the format fills."""
        if region.holes:
            self['holes are filled, the format has none'] += len(region.holes)

    def ignored(self, mask: np.ndarray) -> None:
        """Count a mask whose pixels of 255 the format has no sign for."""
        if (mask == IGNORE_INDEX).any():
            self['masks have ignored pixels (255), which the format leaves '
                 'unlabeled'] += 1

    def lines(self) -> list[str]:
        """A line for each, the most frequent first."""
        return [f'{count} {text}' for text, count in self.most_common()]


class MaskFormat:
    """One format; a subclass in a module of this package is found.

    Its module is named after it, ``label_studio`` for ``label-studio``.

    Attributes:
        name (str): As it is typed.
        help (str): One line: what it keeps.
        options (dict[str, str]): Names of its options and what they do.
        needs (tuple[str, ...]): Packages that it imports.
    """
    name: str
    help: str
    options: dict[str, str] = {}
    needs: tuple[str, ...] = ()

    def write(self, items: Iterable[MaskItem], folder: Path,
              classes: Sequence[str], palette: Sequence[Sequence[int]],
              images: bool, notes: Notes, **options) -> None:
        """Write a data set into an empty folder.

        Args:
            items (Iterable[MaskItem]): Its images, read one by one.
            folder (Path): Where to.
            classes (Sequence[str]): Names by index, the background first.
            palette (Sequence): RGB triple of each class.
            images (bool): Whether the image files go with it.
            notes (Notes): Gets what is lost.
        """
        raise NotImplementedError

    def read(self, path: Path, classes: Sequence[str], size_of: SizeOf
             ) -> Iterator[tuple[str, np.ndarray]]:
        """Masks of a file or folder that a tool of the format wrote.

        Args:
            path (Path): The file, or the folder of the whole export.
            classes (Sequence[str]): Names by index, the background first.
            size_of (Callable): Height and width of an image by a name that
                the file may use; None if there is no such image.

        Yields:
            tuple[str, np.ndarray]: Name of the image as the file has it, and
            the mask, uint8 (H, W).

        Raises:
            UserError: If the file is broken, or names an unknown class.
        """
        raise NotImplementedError

    def kept(self, mask: np.ndarray, **options) -> np.ndarray:
        """What the format keeps of a mask, uint8 (H, W).

        Args:
            mask (np.ndarray): uint8 (H, W).
            **options: Of the format.
        """
        return without_ignored(mask)

    def is_same(self, before: np.ndarray, after: np.ndarray) -> bool:
        """Whether a mask that was read is one that was written.

        What the format loses does not count as a change.

        Args:
            before, after (np.ndarray): uint8 (H, W).
        """
        return np.array_equal(self.kept(before), after)

    def save(self, items: Iterable[MaskItem], target: Path,
             classes: Sequence[str], palette: Sequence[Sequence[int]],
             images: bool = False, **options) -> Notes:
        """Write a data set to a folder, or a zip file by its suffix.

        Args and errors as of :meth:`write`.

        Returns:
            Notes: What the format could not keep.
        """
        notes = Notes()
        target = Path(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        with writing(target), tempfile.TemporaryDirectory(
                prefix='.partial-', dir=target.parent) as partial:
            folder = Path(partial, 'export')
            folder.mkdir()
            self.write(items, folder, classes, palette, images, notes,
                       **options)
            if target.suffix.lower() == '.zip':
                _zip(folder, target)
            else:
                _move(folder, target)
        return notes


def copy_image(item: MaskItem, folder: Path) -> None:
    """Put the file of an image into a folder, under its name."""
    if item.image is None:
        return
    target = folder / item.name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(item.image, target)


def files_below(path: Path, suffix: str, what: str) -> list[Path]:
    """A file itself, or all files of a suffix below a folder, sorted.

    Raises:
        UserError: If there are none.
    """
    if path.is_file():
        return [path]
    found = sorted(Path(root, name) for root, _, names in os.walk(path)
                   for name in names if name.endswith(suffix)
                   and not name.startswith('.'))
    if not found:
        raise UserError(f'{path}: no {suffix} in it; name the file or folder '
                        f'of {what}')
    return found


def _zip(folder: Path, target: Path) -> None:
    with atomic_path(target) as temporary, zipfile.ZipFile(
            temporary, 'w', zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob('*')):
            if path.is_file():
                file.write(path, path.relative_to(folder).as_posix())


def _move(folder: Path, target: Path) -> None:
    if target.is_file():
        raise UserError(f'{target}: is a file; name a folder or a .zip file')
    if target.is_dir():
        if any(target.iterdir()):
            raise UserError(f'{target}: is not empty; name a new folder')
        target.rmdir()
    folder.chmod(0o755)
    folder.rename(target)


def all_formats() -> dict[str, MaskFormat]:
    """All formats by name, sorted."""
    package = importlib.import_module(__package__)
    for info in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f'{__package__}.{info.name}')
    found = [cls() for cls in MaskFormat.__subclasses__()]
    return {each.name: each for each in sorted(found, key=lambda f: f.name)}


def load_format(name: str) -> MaskFormat:
    """The format of a name.

    Raises:
        UserError: If there is none, or a package that it needs is missing.
    """
    formats = all_formats()
    if name not in formats:
        raise UserError(f'format {name!r} is unknown; choose one of '
                        f'{", ".join(formats)}')
    for package in formats[name].needs:
        try:
            importlib.import_module(package)
        except ImportError:
            raise UserError(f'format {name} needs {package}; run "pip '
                            f'install {package}"') from None
    return formats[name]
