"""Names of images that are safe in any file system and any list."""
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..structures.image_files import split_suffix
from .entries import Entries
from .photos import PhotoFolder, known_suffix

_UNSAFE = re.compile(r'[^\w.-]')
# Bytes of a name, so that suffixes and temporary parts fit.
_LONGEST = 180


def names_of_photos(folder: PhotoFolder, earlier: Entries) -> dict[str, str]:
    """Names of images; an image that was moved keeps its name.

    Args:
        folder (PhotoFolder): Images that can be used.
        earlier (Entries): Of the last time.

    Returns:
        dict[str, str]: Name by source.
    """
    paths = {photo.source: photo.path for photo in folder.photos}
    moved = _moved(paths, earlier)
    taken = set(moved.values())
    known = {source: name for source, name in earlier.names.items()
             if name not in taken}
    return {source: name for source, name in safe_names(
        paths, {**known, **moved}).items() if source in paths}


def _moved(paths: Mapping[str, Path], earlier: Entries) -> dict[str, str]:
    """Names by source of images that lay elsewhere last time."""
    gone = {entry.digest: name for name, entry in earlier.images.items()
            if entry.source not in paths}
    found: dict[str, str] = {}
    if not gone:
        return found
    for source, path in paths.items():
        if source not in earlier.names:
            name = gone.pop(_digest(path), None)
            if name is not None:
                found[source] = name
    return found


def _digest(path: Path) -> str:
    try:
        with path.open('rb') as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return ''


def safe_names(sources: Iterable[str],
               earlier: Mapping[str, str]) -> dict[str, str]:
    """A name for each image, unique whatever the case of its letters.

    Args:
        sources (Iterable[str]): Paths of images below their folder.
        earlier (Mapping[str, str]): Names that were given before, by source;
            they are kept, and not given to others.

    Returns:
        dict[str, str]: Name by source.
    """
    taken = {name.casefold() for name in earlier.values()}
    names = {}
    for source in sources:
        if source not in earlier:
            names[source] = _free(_safe(source), taken)
            taken.add(names[source].casefold())
        else:
            names[source] = earlier[source]
    return names


def mask_files(sources: Iterable[str]) -> dict[str, str]:
    """Where the mask of each image lies below a folder of masks.

    ``farm/cow.png`` for ``farm/cow.jpg``; where images differ by their suffix
    only, ``cow.jpg.png`` and ``cow.bmp.png``.
    """
    stems = {source: source.removesuffix(known_suffix(source))
             for source in sources}
    taken = Counter(stem.casefold() for stem in stems.values())
    taken.update(source.casefold() for source in stems)
    return {source: f'{stem if taken[stem.casefold()] == 1 else source}.png'
            for source, stem in stems.items()}


def _safe(source: str) -> str:
    """Path without suffix, unsafe letters replaced; slashes become two."""
    stem = split_suffix(unicodedata.normalize('NFC', source))[0]
    name = _UNSAFE.sub('_', stem.replace('/', '__'))
    # Lists of images leave out what looks like a suffix.
    front, suffix = split_suffix(name)
    name = front + suffix.replace('.', '_')
    if len(name.encode()) > _LONGEST:
        digest = hashlib.sha256(name.encode()).hexdigest()[:10]
        name = name.encode()[:_LONGEST].decode(errors='ignore') + '_' + digest
    return name


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f'{name}_{number}'
    return free
