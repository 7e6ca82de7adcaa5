"""Digests of files and folders."""
import hashlib
from pathlib import Path

from ..structures.digests import file_digest


class Contents:
    """Digests by path, each computed once.

    Names of the files in a folder count, and where the folder lies does not.
    Hidden files are nobody's content.
    """

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def digest(self, path: Path) -> str:
        """A text that changes with the content.

        Args:
            path (Path): A file or folder; it may be missing.
        """
        if path not in self._known:
            self._known[path] = _digest(path)
        return self._known[path]


def _digest(path: Path) -> str:
    if path.is_file():
        return file_digest(path)
    if not path.is_dir():
        return 'not there'
    whole = hashlib.sha256()
    for file in sorted(path.rglob('*')):
        inner = file.relative_to(path)
        if file.is_file() and not any(p[0] == '.' for p in inner.parts):
            whole.update(f'{inner.as_posix()} {file_digest(file)}\n'.encode())
    return whole.hexdigest()[:16]
