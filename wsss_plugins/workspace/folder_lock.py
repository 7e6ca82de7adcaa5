"""One writer at a time in a folder, among threads and processes."""
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..structures.atomic import writing

LOCK = '.lock'


@contextmanager
def folder_lock(folder: str | os.PathLike) -> Iterator[None]:
    """Wait until nobody else holds the folder, and hold it for the block.

    The system gives the lock back when its holder dies.

    Args:
        folder (str | PathLike): It is made.

    Raises:
        UserError: If the folder cannot be written.
    """
    path = Path(folder, LOCK)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
