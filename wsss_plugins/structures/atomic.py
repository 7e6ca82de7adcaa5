"""Files appear whole or not at all."""
import errno
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .errors import UserError

#: Folder, beside the files that are written, of those that are not whole yet.
PARTIAL = '.partial'
_TRIES = 100
_SWEPT: set[Path] = set()
# What a disk, a folder or its rights do to a program that has no fault.
_OF_THE_DISK = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES,
    errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY,
    errno.ENAMETOOLONG, errno.EIO, errno.ELOOP, errno.EINVAL
}


@contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary path that replaces ``path`` on success.

    The temporary file lies in the folder :data:`PARTIAL` beside ``path``,
    which no listing of outputs enters, and keeps the suffix, so writers that
    choose a format by suffix work. If the block raises, or the process dies,
    ``path`` is as it was. What dead processes left is swept when a process
    first writes into the folder.

    Args:
        path (str | PathLike): Final path; its folder is made.

    Yields:
        Path: The path to write to.

    Raises:
        UserError: If the disk is full, or the path cannot be written.
    """
    path = Path(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, 'it is a folder')
        if path.parent not in _SWEPT:
            sweep_partial(path.parent)
            _SWEPT.add(path.parent)
        handle, temporary = _open_partial(path)
        try:
            yield temporary
            temporary.chmod(0o644)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
            os.close(handle)
            _remove_empty(temporary.parent)


@contextmanager
def writing(path: str | os.PathLike) -> Iterator[None]:
    """Let what the disk refuses name the file that was to be written.

    Raises:
        UserError: In place of an ``OSError`` of full disks, rights, and files
            in the place of folders.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        taken = _file_in_place_of_folder(Path(path))
        if taken is not None:
            raise UserError(f'{taken}: is a file, but {Path(path).name} is to '
                            'be written into a folder of that name; choose '
                            'another place') from None
        raise UserError(f'{path}: cannot be written ({error.strerror}); make '
                        'room, or choose another place') from None


def _file_in_place_of_folder(path: Path) -> Path | None:
    """The nearest path above one that is there, if it is no folder."""
    there = next((p for p in path.parents if os.path.lexists(p)), None)
    return None if there is None or there.is_dir() else there


def sweep_partial(folder: str | os.PathLike) -> int:
    """Remove what dead processes left behind below a folder of outputs.

    Files that a process, of any rank, is writing are locked and stay.

    Args:
        folder (str | PathLike): Folder of the outputs.

    Returns:
        int: Number of files that were removed.
    """
    partial = Path(folder, PARTIAL)
    try:
        names = os.listdir(partial)
    except OSError:
        return 0
    count = sum(_remove_unlocked(partial / name) for name in names)
    _remove_empty(partial)
    return count


def _open_partial(path: Path) -> tuple[int, Path]:
    """A new file, locked for as long as this process writes it."""
    folder = path.parent / PARTIAL
    # Long names leave room for the random part.
    prefix = path.stem[:100] + '.'
    for _ in range(_TRIES):
        # Not exist_ok, which looks for the folder again when it may be gone.
        with suppress(FileExistsError):
            folder.mkdir()
        try:
            handle, name = tempfile.mkstemp(
                dir=folder, prefix=prefix, suffix=path.suffix[-20:])
        except FileNotFoundError:
            continue  # another process removed the empty folder
        with suppress(OSError):  # some disks know no locks
            fcntl.flock(handle, fcntl.LOCK_SH)
        if os.path.exists(name):
            return handle, Path(name)
        os.close(handle)  # swept before it was locked
    raise OSError(errno.EIO, f'{folder} cannot be used')


def _remove_unlocked(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)
        return True
    except OSError:
        return False
    finally:
        os.close(handle)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # others write there
        folder.rmdir()


def write_json(path: str | os.PathLike, data: Any, **dump_options) -> None:
    """Write ``data`` as JSON, atomically, with a final newline.

    Raises:
        UserError: If the disk is full, or the path cannot be written.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(
            json.dumps(data, **dump_options) + '\n', encoding='utf-8')
