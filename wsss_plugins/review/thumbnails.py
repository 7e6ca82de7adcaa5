"""Small copies of images, made when they are first seen."""
import io
import threading
from collections import OrderedDict
from pathlib import Path

from ..structures.image_files import open_image
from .gallery import file_stamp

SIDE = 112
_MAX_BYTES = 24 * 2**20
# More at a time would slow down what a person waits for.
_AT_A_TIME = threading.Semaphore(2)


class Thumbnails:
    """Keeps the last ones within 24 MiB."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, path: Path) -> bytes:
        """A JPEG whose longer side is 112 pixels.

        Args:
            path (Path): An upright image.

        Raises:
            UserError: If the file is missing or no whole image.
        """
        key = path, file_stamp(path)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with _AT_A_TIME:
            data = make_thumbnail(path)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = data
                self._bytes += len(data)
            while self._bytes > _MAX_BYTES:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        return data


def make_thumbnail(path: Path) -> bytes:
    """A small JPEG of an image file."""
    with open_image(path) as image:
        image.draft('RGB', (2 * SIDE, 2 * SIDE))
        image.thumbnail((SIDE, SIDE))
        out = io.BytesIO()
        image.convert('RGB').save(out, 'JPEG', quality=82)
    return out.getvalue()
