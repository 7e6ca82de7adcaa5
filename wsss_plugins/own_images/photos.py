"""The images below a folder, as people keep them."""
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..structures import Problem, UserError
from ..structures.failures import reason
from ..structures.image_files import split_suffix
from ..structures.image_tree import FOREIGN_SUFFIXES, image_tree
from ..structures.problems import error, warning
from ..structures.text_files import name_flaw
from .copies import look_at
from .workers import run_parallel

UNREADABLE = 'files that are no whole images'
_CONVERT = 'convert it to JPEG or PNG'


@dataclass(frozen=True)
class Photo:
    """An image file.

    Attributes:
        source (str): Path below the folder of images, with slashes.
        path (Path): Of the file.
        stamp (tuple[int, ...]): Changes when the file is written.
    """
    source: str
    path: Path
    stamp: tuple[int, ...]


@dataclass
class PhotoFolder:
    """The images of a folder, and what is no image.

    Attributes:
        root (Path): The folder.
        photos (list[Photo]): Sorted by source.
        broken (dict[str, Problem]): Of files that cannot be used, by source.
        problems (list[Problem]): Other problems.
    """
    root: Path
    photos: list[Photo] = field(default_factory=list)
    broken: dict[str, Problem] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def scan_photos(root: str | os.PathLike,
                skip: Sequence[str | os.PathLike] = ()) -> PhotoFolder:
    """List the images of a folder and of all below it.

    Hidden files, and those that systems leave behind, are no images. Links
    to folders are followed, each folder is entered once.

    Args:
        root (str | PathLike): The folder.
        skip (Sequence[str | PathLike]): Folders below it that hold no images
            of the user.

    Raises:
        UserError: If there is no such folder.
    """
    found = PhotoFolder(Path(root))
    if not found.root.is_dir():
        what = ('is a file, not a folder of images'
                if found.root.exists() else 'folder of images not found')
        raise UserError(f'{root}: {what}; fix the path')

    def refuse(flaw: OSError) -> None:
        found.problems.append(error(
            'folders that cannot be read', flaw.filename, reason(flaw),
            'fix its rights'))

    for source, path in image_tree(found.root, skip, refuse):
        _add(found, source, path)
    found.photos.sort(key=lambda photo: photo.source)
    return found


def _add(found: PhotoFolder, source: str, path: Path) -> None:
    fix = 'fetch it again, or remove it'
    try:
        state = path.stat()
        flaw = _flaw(state, source)
    except OSError as failure:
        flaw = f'it cannot be read ({reason(failure)})'
    end = path.suffix.lower()
    if end in FOREIGN_SUFFIXES:
        flaw = f'{end[1:].upper()} is a format that is not read here'
        fix = _CONVERT
    if flaw:
        found.broken[source] = warning(UNREADABLE, source, flaw, fix)
        return
    stamp = (state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    found.photos.append(Photo(source, path, stamp))


def _flaw(state: os.stat_result, source: str) -> str | None:
    """What keeps a file from being an image, before it is opened."""
    if not stat.S_ISREG(state.st_mode):
        return 'it is no file'
    if not state.st_size:
        return 'it is empty'
    flaw = name_flaw(source)
    return flaw and f'its name {flaw}'


def look_at_photos(folder: PhotoFolder,
                   known: Mapping[str, tuple[tuple, tuple[int, int]]],
                   workers: int | None = None) -> dict[str, tuple[int, int]]:
    """Find out which images are whole; the others become broken.

    Args:
        folder (PhotoFolder): As listed; changed in place.
        known (Mapping[str, tuple]): Stamp and size, by source, of images that
            were whole before.
        workers (int, optional): Processes.

    Returns:
        dict[str, tuple[int, int]]: Height and width, upright, by source.
    """
    sizes = {p.source: known[p.source][1] for p in folder.photos
             if p.source in known and known[p.source][0] == p.stamp}
    new = [photo for photo in folder.photos if photo.source not in sizes]
    looked = run_parallel(look_at, [p.path for p in new], 'images', workers)
    for photo, one in zip(new, looked):
        if one.size is None:
            folder.broken[photo.source] = warning(
                UNREADABLE, photo.source, one.flaw, one.fix)
        else:
            sizes[photo.source] = one.size
        if one.note:
            folder.problems.append(warning(
                'images that are odd', photo.source, one.note,
                'nothing, if that is meant'))
    folder.photos = [p for p in folder.photos if p.source in sizes]
    return sizes


def known_suffix(source: str) -> str:
    """Suffix of an image, as it is written; of any kind."""
    suffix = split_suffix(source)[1]
    if suffix:
        return suffix
    end = Path(source).suffix
    return end if end[1:].isalnum() and len(end) <= 6 else ''
