"""Image files: one way to find, open, check and read them.

People see an image upright and annotate it so; a camera may have stored it
on its side and left an EXIF orientation. Here every size and every array is
that of the upright image, as OpenCV reads it too.
"""
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from .errors import UserError
from .failures import READ_FAILURES, reason

#: Most pixels of an image, Pillow's own limit: more is taken for an attack.
MAX_PIXELS = 2 * (1024**3 // 4 // 3)
#: Suffixes of images, in the order in which they are looked for.
IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.gif', '.tif',
                  '.tiff')
# The last bytes of a whole JPEG hold its end marker.
_END_MARKERS = {'JPEG': b'\xff\xd9', 'MPO': b'\xff\xd9'}
_TAIL = 64
_EXIF_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90
}
_SWAPS_SIDES = (5, 6, 7, 8)
# Bits that gray of more than one byte may use.
_CAMERA_BITS = (8, 10, 12, 14, 16)
# Upper bytes of at most 14 bits.
_DARK = 1 << (14 - 8)
# Steps through rows and columns, after sides are swapped.
_REVERSED = {
    1: (1, 1), 2: (1, -1), 3: (-1, -1), 4: (-1, 1), 5: (1, 1), 6: (1, -1),
    7: (-1, -1), 8: (-1, 1)
}


@contextmanager
def open_image(path: str | os.PathLike,
               what: str = 'image') -> Iterator[Image.Image]:
    """Open an image file; whatever it brings up in the block names it.

    Args:
        path (str | PathLike): The file.
        what (str): What it is to the user, for the message.

    Yields:
        PIL.Image.Image: As stored; see :func:`orientation`.

    Raises:
        UserError: If the file is missing, no image, damaged, cut off, or has
            more than :data:`MAX_PIXELS` pixels.
    """
    try:
        with Image.open(path) as image:
            # Twice, as the first limit belongs to the user's Pillow.
            if image.width * image.height > MAX_PIXELS:
                raise ValueError(f'{image.width}x{image.height} pixels are '
                                 f'more than {MAX_PIXELS}')
            yield image
    except UserError:
        raise
    except FileNotFoundError:
        raise UserError(f'{path}: {what} not found; fix the list or the '
                        'folder') from None
    except UnidentifiedImageError:
        raise UserError(f'{path}: {what} is no image of a known format; fetch '
                        'it again, or save it as JPEG or PNG') from None
    except READ_FAILURES as error:
        raise UserError(f'{path}: {what} is not a whole image file '
                        f'({reason(error)}); fetch it again') from None


def orientation(image: Image.Image) -> int:
    """How an image is to be turned: EXIF's 1 (upright as stored) to 8.

    Args:
        image (PIL.Image.Image): As :func:`open_image` gives it.
    """
    # Pillow turns TIFF by itself, and reads a tag of XMP that OpenCV ignores.
    if image.format == 'TIFF' or 'exif' not in image.info:
        return 1
    try:
        value = Image.Exif()
        value.load(image.info['exif'])
        return _one_of_eight(value.get(_EXIF_ORIENTATION, 1))
    except READ_FAILURES:
        return 1  # what cannot be read turns nothing


def _one_of_eight(value: object) -> int:
    value = value[0] if isinstance(value, tuple) and value else value
    return value if value in _TURNS else 1


@dataclass(frozen=True)
class ImageHeader:
    """What the head of an image file tells.

    Attributes:
        size (tuple[int, int]): Height and width, upright.
        orientation (int): EXIF's, 1 (upright as stored) to 8.
        format (str): Pillow's name, ``'JPEG'``, ``'PNG'``, ...
        mode (str): Pillow's name, ``'RGB'``, ``'L'``, ...
    """
    size: tuple[int, int]
    orientation: int
    format: str
    mode: str = ''

    @property
    def stored_size(self) -> tuple[int, int]:
        """Height and width as stored."""
        swapped = self.orientation in _SWAPS_SIDES
        return self.size[::-1] if swapped else self.size

    @classmethod
    def read(cls, path: str | os.PathLike,
             what: str = 'image') -> 'ImageHeader':
        """Of a file that is there and whole.

        Reads the header and the last bytes of a JPEG, and the checksums of a
        PNG; decodes others, and what has no end marker where it should be.

        Args:
            path (str | PathLike): An image file.
            what (str): What the file is to the user, for the message.

        Raises:
            UserError: If the file is missing, not an image, damaged, cut
                off, or has more than :data:`MAX_PIXELS` pixels.
        """
        with open_image(path, what) as image:
            turn, stored = orientation(image), image.size[::-1]
            marker = _END_MARKERS.get(image.format)
            if image.format == 'PNG':
                image.verify()
            elif marker is None or marker not in _tail(Path(path)):
                image.load()
            return cls(stored[::-1] if turn in _SWAPS_SIDES else stored, turn,
                       image.format or '', image.mode)


def checked_size(path: str | os.PathLike,
                 what: str = 'image') -> tuple[int, int]:
    """Height and width, upright, of an image file that is there and whole.

    Arguments and errors as of :meth:`ImageHeader.read`.
    """
    return ImageHeader.read(path, what).size


def _tail(path: Path) -> bytes:
    with path.open('rb') as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        return file.read()


def read_image(path: str | os.PathLike, what: str = 'image') -> np.ndarray:
    """An upright image, RGB, uint8 (H, W, 3).

    Gray, CMYK and palette images get three channels, 10 to 16 bits become 8,
    and what is transparent becomes white. Of several frames the first counts.

    Args:
        path (str | PathLike): An image file.
        what (str): What the file is to the user, for the message.

    Raises:
        UserError: As of :meth:`ImageHeader.read`.
    """
    with open_image(path, what) as image:
        turn = orientation(image)
        pixels = _as_rgb(image)
        if turn != 1:
            pixels = pixels.transpose(_TURNS[turn])
        return np.array(pixels)


def read_reduced(path: str | os.PathLike,
                 max_side: int,
                 what: str = 'image') -> tuple[np.ndarray, tuple[int, int]]:
    """An upright image whose longer side is at most ``max_side`` pixels.

    A large JPEG is decoded at a fraction of its size.

    Args:
        path (str | PathLike): An image file.
        max_side (int): Smaller images keep their size.
        what (str): What the file is to the user, for the message.

    Returns:
        tuple[np.ndarray, tuple[int, int]]: RGB, uint8 (h, w, 3); height and
            width of the upright image in the file.

    Raises:
        UserError: As of :meth:`ImageHeader.read`.
    """
    with open_image(path, what) as image:
        turn, stored = orientation(image), image.size
        target = _within(stored, max_side)
        image.draft(None, target)
        pixels = _as_rgb(image)
        if target != pixels.size:
            pixels = pixels.resize(target, Image.Resampling.LANCZOS,
                                   reducing_gap=3)
        if turn != 1:
            pixels = pixels.transpose(_TURNS[turn])
        size = stored if turn in _SWAPS_SIDES else stored[::-1]
        return np.array(pixels), size


def _within(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    """Width and height, scaled down to a longer side."""
    longer = max(size)
    if longer <= max_side:
        return size
    return tuple(max(1, round(side * max_side / longer)) for side in size)


def _as_rgb(image: Image.Image) -> Image.Image:
    # Known until the image is decoded only.
    is_deep = image.mode == 'RGB' and any(
        'RGB;16' in str(tile) for tile in image.tile)
    if image.mode.startswith('I'):
        return Image.fromarray(_eight_bits(np.asarray(image))).convert('RGB')
    if image.mode == 'F':
        raise ValueError('its values are fractions, not of 8 or 16 bits')
    if 'A' in image.mode or 'transparency' in image.info:
        clear = image.convert('RGBA')
        paper = Image.new('RGBA', clear.size, 'white')
        return Image.alpha_composite(paper, clear).convert('RGB')
    pixels = image.convert('RGB')
    if is_deep and max(high for _, high in pixels.getextrema()) < _DARK:
        return Image.fromarray(_eight_bits(_deep_color(image)))
    return pixels


def _deep_color(image: Image.Image) -> np.ndarray:
    """RGB of 16 bits, of which Pillow keeps the upper byte only."""
    import cv2
    data = np.fromfile(image.filename, np.uint8)
    wide = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if wide is None or wide.shape != (image.height, image.width, 3):
        raise ValueError('16 bits a channel in a way that is not read here')
    return wide[..., ::-1]


def _eight_bits(wide: np.ndarray) -> np.ndarray:
    """Channels of up to 16 bits, which Pillow would cut, as uint8.

    Cameras fill the lower 10, 12 or 14 bits: the range is the least of those
    that holds all values.
    """
    low, high = wide.min(), wide.max()
    if low < 0 or high > 65535:
        raise ValueError('more than 16 bits a channel')
    bits = next(b for b in _CAMERA_BITS if high < 1 << b)
    scaled = wide.astype(np.uint32) * 255 // ((1 << bits) - 1)
    return scaled.astype(np.uint8)


def turned_upright(pixels: np.ndarray, turn: int) -> np.ndarray:
    """Pixels as stored, turned by an EXIF orientation.

    Args:
        pixels (np.ndarray): (H, W, ...), as stored.
        turn (int): 1 to 8, see :func:`orientation`.
    """
    if turn in _SWAPS_SIDES:
        pixels = pixels.swapaxes(0, 1)
    rows, columns = _REVERSED[turn]
    return np.ascontiguousarray(pixels[::rows, ::columns])


class ImageFolder:
    """Finds the images of a folder by names with or without suffix.

    A suffix may be written in capitals or not, in the name as in the folder.

    Args:
        folder (str | PathLike): Names are relative to it.
        suffixes (Sequence[str]): Of images, in the order of preference.
    """

    def __init__(self, folder: str | os.PathLike,
                 suffixes: Sequence[str] = IMAGE_SUFFIXES) -> None:
        self.folder = os.fspath(folder)
        self.suffixes = tuple(suffix.lower() for suffix in suffixes)
        self._listed: dict[str, dict[str, list[str]]] = {}

    def find(self, name: str) -> str | None:
        """Path of an image, its folder included; None if it is not there."""
        name = name.replace('\\', '/')
        stem, suffix = split_suffix(name, self.suffixes)
        wanted = (suffix.lower(), ) if suffix else self.suffixes
        for end in (suffix, ) if suffix else self.suffixes:
            path = os.path.join(self.folder, stem + end)
            if os.path.isfile(path):
                return path
        parent, _, last = stem.rpartition('/')
        found = self._files(parent).get(last, ())
        for end in wanted:
            for file in found:
                if file.lower().endswith(end):
                    return os.path.join(self.folder, parent, file)
        return None

    def stems(self) -> list[str]:
        """Names of all images of the folder, without suffix, sorted.

        Raises:
            UserError: If there is no such folder.
        """
        if not os.path.isdir(self.folder):
            raise UserError(f'{self.folder}: folder of images not found; fix '
                            'the path')
        return sorted(self._files(''))

    def _files(self, parent: str) -> dict[str, list[str]]:
        """Files of a folder by stem; hidden ones are none."""
        if parent not in self._listed:
            files: dict[str, list[str]] = {}
            folder = os.path.join(self.folder, parent)
            names = os.listdir(folder) if os.path.isdir(folder) else ()
            for name in sorted(names):
                stem, suffix = split_suffix(name, self.suffixes)
                if suffix and not name.startswith('.'):
                    files.setdefault(stem, []).append(name)
            self._listed[parent] = files
        return self._listed[parent]


def split_suffix(name: str,
                 suffixes: Sequence[str] = IMAGE_SUFFIXES) -> tuple[str, str]:
    """A name without its image suffix, and the suffix, ``''`` if none.

    Other dots belong to the name.
    """
    stem, dot, end = name.rpartition('.')
    known = dot and stem and f'.{end.lower()}' in suffixes
    return (stem, f'.{end}') if known else (name, '')


def checked_sides(size: np.ndarray | Sequence) -> tuple[int, int]:
    """Height and width of an image, as a file told them.

    Args:
        size (np.ndarray | Sequence): Two integers.

    Raises:
        ValueError: If they are none, or no image is of that size.
    """
    size = np.asarray(size)
    if size.shape != (2, ) or size.dtype.kind not in 'iu':
        raise ValueError(f'size is {size.tolist()!r:.60}, not height and '
                         'width')
    height, width = size.tolist()
    if min(height, width) < 1 or height * width > MAX_PIXELS:
        raise ValueError(f'size {height}x{width} is of no image')
    return height, width
