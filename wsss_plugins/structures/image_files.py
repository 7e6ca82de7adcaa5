"""Checks of image files that need no full decoding."""
import os
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from .errors import UserError

# The last bytes of a whole JPEG or PNG hold its end marker.
_END_MARKERS = {'JPEG': b'\xff\xd9', 'PNG': b'IEND'}
_TAIL = 64


def checked_size(path: str | os.PathLike,
                 what: str = 'image') -> tuple[int, int]:
    """Height and width of an image file that is there and whole.

    Reads the header and the last bytes; decodes only if the end marker is
    not where it should be.

    Args:
        path (str | PathLike): An image file.
        what (str): What the file is to the user, for the message.

    Raises:
        UserError: If the file is missing, not an image, or cut off.
    """
    path = Path(path)
    try:
        with Image.open(path) as image:
            width, height = image.size
            marker = _END_MARKERS.get(image.format)
            if marker is None or marker not in _tail(path):
                image.load()
    except FileNotFoundError:
        raise UserError(f'{path}: {what} not found; fix the list or the '
                        'folder') from None
    except (OSError, UnidentifiedImageError, SyntaxError) as error:
        raise UserError(f'{path}: {what} is not a whole image file ({error}); '
                        'fetch it again') from None
    return height, width


def _tail(path: Path) -> bytes:
    with path.open('rb') as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        return file.read()
