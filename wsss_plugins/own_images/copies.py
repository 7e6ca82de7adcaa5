"""Checks image files, and writes the copies that stages work on.

Only what worker processes need is imported here.
"""
import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ..structures import ImageHeader, UserError, atomic_path
from ..structures.image_files import open_image, orientation, read_reduced

# Colors are kept as they are: no coarser grid for them than for brightness.
_SAVE = dict(format='JPEG', quality=95, subsampling=0)
_SMALL = 32
_FRAMES = ('GIF', 'TIFF', 'WEBP', 'PNG')


@dataclass(frozen=True)
class Looked:
    """What the head of an image file tells.

    Attributes:
        size (tuple[int, int] | None): Height and width, upright; None if it
            cannot be read.
        flaw (str): Why not.
        fix (str): What to do about it.
        note (str): What else there is to say.
    """
    size: tuple[int, int] | None
    flaw: str = ''
    fix: str = ''
    note: str = ''


def look_at(path: Path) -> Looked:
    """Read the head of an image, and find out whether it is whole."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            header = ImageHeader.read(path)
            note = _note(path, header)
    except UserError as error:
        return Looked(None, *flaw_and_fix(path, error))
    if header.mode == 'F':
        return Looked(None, 'its values are fractions',
                      'save it with 8 or 16 bits a channel')
    return Looked(header.size, note=note)


def flaw_and_fix(path: Path, error: UserError) -> tuple[str, str]:
    """The parts of a message that starts with a path."""
    flaw, _, fix = str(error).removeprefix(f'{path}: ').rpartition('; ')
    return flaw, fix


def _note(path: Path, header: ImageHeader) -> str:
    if min(header.size) < _SMALL:
        return (f'{header.size[1]} x {header.size[0]} pixels are few for a '
                'network')
    if header.format in _FRAMES:
        with open_image(path) as image:
            frames = getattr(image, 'n_frames', 1)
        if frames > 1:
            return f'{frames} images are in it, of which the first is used'
    return ''


@dataclass(frozen=True)
class CopyJob:
    """A work copy to write.

    Attributes:
        path (Path): The user's image.
        target (Path): ``NAME.jpg``.
        max_side (int): Of the copy, in pixels.
        digest (str): Of the image that the present copy is of; empty: none.
    """
    path: Path
    target: Path
    max_side: int
    digest: str = ''


@dataclass(frozen=True)
class Copied:
    """A work copy.

    Attributes:
        digest (str): SHA-256 of the user's image; empty after a failure.
        size (tuple[int, int]): Height and width of the upright image.
        work_size (tuple[int, int]): Of the copy.
        stamp (tuple[int, int]): Bytes and time of the copy.
        written (bool): Whether it is new.
        flaw (str): Why there is no copy.
        fix (str): What to do about it.
    """
    digest: str
    size: tuple[int, int] = (0, 0)
    work_size: tuple[int, int] = (0, 0)
    stamp: tuple[int, int] = (0, 0)
    written: bool = False
    flaw: str = ''
    fix: str = ''


def write_copy(job: CopyJob) -> Copied:
    """Write the copy of an image, unless the present one is of it.

    Raises:
        UserError: If the copy cannot be written.
    """
    try:
        data = job.path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digest == job.digest:
            return Copied(digest)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            pixels, size = read_reduced(job.path, job.max_side)
    except (UserError, OSError) as error:
        return Copied('', flaw=flaw_and_fix(job.path, error)[0] or str(error),
                      fix='fetch it again, or take its row out')
    if not _will_do(data, job.max_side):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, **_SAVE)
        data = buffer.getvalue()
    with atomic_path(job.target) as temporary:
        temporary.write_bytes(data)
    return Copied(digest, size, pixels.shape[:2], stamp_of(job.target), True)


def _will_do(data: bytes, max_side: int) -> bool:
    """Whether an image file can be its own work copy."""
    with Image.open(io.BytesIO(data)) as image:
        return (image.format == 'JPEG' and image.mode == 'RGB'
                and orientation(image) == 1 and max(image.size) <= max_side)


def stamp_of(path: Path) -> tuple[int, int]:
    """Bytes and time of a file; zeros if it is not there."""
    try:
        state = path.stat()
    except OSError:
        return 0, 0
    return state.st_size, state.st_mtime_ns
