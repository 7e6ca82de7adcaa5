"""The files below a folder that people take for images."""
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .image_files import IMAGE_SUFFIXES

_SYSTEM = ('thumbs.db', 'desktop.ini', 'ehthumbs.db', '__macosx', '@eadir',
           '$recycle.bin', 'lost+found', 'system volume information')
#: Suffixes of formats of cameras, phones and drawing programs that are not
#: read here; some would be taken for TIFF, and give a thumbnail.
FOREIGN_SUFFIXES = ('.heic', '.heif', '.hif', '.raw', '.dng', '.cr2', '.cr3',
                    '.nef', '.arw', '.orf', '.rw2', '.raf', '.pef', '.srw',
                    '.psd', '.xcf', '.svg', '.jxl')
# Suffixes of less usual images, which may be read here or not.
_RARE = ('.jpe', '.jfif', '.avif', '.jp2', '.j2k', '.ppm', '.pgm', '.pnm',
         '.tga', '.dib', '.mpo', '.apng')
# Other suffixes, or none: what files that start so are.
_STARTS = (b'\xff\xd8\xff', b'\x89PNG\r\n\x1a\n', b'GIF87a', b'GIF89a')


def image_tree(root: str | os.PathLike,
               skip: Sequence[str | os.PathLike] = (),
               on_error: Callable[[OSError], None] | None = None
               ) -> Iterator[tuple[str, Path]]:
    """Images of a folder and of all below it, by suffix or first bytes.

    Hidden files, and those that systems leave behind, are none. Links to
    folders are followed; each folder is entered once.

    Args:
        root (str | PathLike): The folder.
        skip (Sequence[str | PathLike]): Folders below it that are left out.
        on_error (Callable, optional): Told of folders that cannot be read.

    Yields:
        tuple[str, Path]: Path below the folder, with slashes; and the file.
    """
    seen = {Path(each).resolve() for each in skip}
    for folder, below, names in os.walk(root, onerror=on_error,
                                        followlinks=True):
        place = Path(folder).resolve()
        if place in seen:
            below.clear()
            continue
        seen.add(place)
        below[:] = sorted(name for name in below if not is_hidden(name))
        for name in sorted(names):
            path = Path(folder, name)
            if not is_hidden(name) and _is_meant_as_image(path):
                yield path.relative_to(root).as_posix(), path


def is_hidden(name: str) -> bool:
    """Whether a file or folder is hidden, or a system's own."""
    return name.startswith('.') or name.lower() in _SYSTEM


def _is_meant_as_image(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix in (*IMAGE_SUFFIXES, *FOREIGN_SUFFIXES, *_RARE):
        return True
    try:
        if not path.is_file():
            return False
        with path.open('rb') as file:
            start = file.read(12)
    except OSError:
        return False
    return start.startswith(_STARTS) or (
        start.startswith(b'RIFF') and start[8:] == b'WEBP')
