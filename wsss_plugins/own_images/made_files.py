"""Which files of a folder are made, and from what: so that work goes on."""
import os
import time
from pathlib import Path

from ..structures import UserError, read_json, write_json

_NAME = '.made.json'
# Seconds of work that a kill may cost.
_SAVE_SECONDS = 10.


class MadeFiles:
    """Remembers a key of what each file of a folder was made from.

    The record is hidden, so it is no part of the folder's content.

    Args:
        folder (str | PathLike): The folder; may not be there yet.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)
        self._file = self.folder / _NAME
        self._saved = time.monotonic()
        try:
            data = read_json(self._file, 'record of files')
        except UserError:
            data = None
        self._keys = dict(data) if isinstance(data, dict) else {}

    def is_made(self, name: str, key: str) -> bool:
        """Whether a file is there and was made from this."""
        return (self._keys.get(name) == key
                and (self.folder / name).is_file())

    def add(self, name: str, key: str) -> None:
        """A file was made; the record is saved now and then."""
        self._keys[name] = key
        if time.monotonic() - self._saved > _SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Save the record, atomically."""
        self._keys = {name: key for name, key in self._keys.items()
                      if (self.folder / name).is_file()}
        write_json(self._file, self._keys, indent=0, ensure_ascii=False)
        self._saved = time.monotonic()
