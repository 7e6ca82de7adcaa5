"""Files of a training: written whole, the old ones removed last."""
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from ..structures import UserError, atomic_path

WHOLE_FILES = 'wsss_plugins.whole_files'


def write_whole(path: str | os.PathLike, data: bytes) -> None:
    """Write beside, bring to the disk, then rename.

    After a kill or a power cut there is the old file or the new one.

    Args:
        path (str | PathLike): Final path.
        data (bytes): Its content.

    Raises:
        UserError: If the disk is full, or the path cannot be written.
    """
    path = Path(path)
    try:
        with atomic_path(path) as temporary, open(temporary, 'wb') as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
    except OSError as error:
        raise UserError(f'{path}: cannot be written ({error.strerror}); make '
                        'room, or choose another place') from None


def _sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network disks cannot
    finally:
        os.close(handle)


@register_backend(WHOLE_FILES, force=True)
class WholeFilesBackend(LocalBackend):
    """mmengine's local files, each written by :func:`write_whole`."""

    def __init__(self) -> None:
        self._late: list[str] | None = None

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a file."""
        write_whole(filepath, obj)

    def remove(self, filepath: str | Path) -> None:
        """Remove a file, or hold it back; see :meth:`holding_back`."""
        if self._late is None:
            super().remove(filepath)
        else:
            self._late.append(str(filepath))

    @contextmanager
    def holding_back(self) -> Iterator[list[str]]:
        """Remove nothing in the block.

        Yields:
            list[str]: Paths that the block asked to remove.
        """
        self._late = []
        try:
            yield self._late
        finally:
            self._late = None
