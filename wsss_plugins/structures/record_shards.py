"""Numbered records of many ranks, as lines of JSON in small files."""
import hashlib
import json
import os
import re
from pathlib import Path

import numpy as np

from .atomic import atomic_path
from .errors import UserError

_SUFFIX = '.jsonl'


class RecordShards:
    """Numbered records in a folder of small files, added by many ranks.

    Every file appears whole, so what a killed run left is whole records.
    Records that come twice are kept once.

    Args:
        folder (str | PathLike): Folder of the files, made when first written.
        key (str): Entry of a record that holds its number, an integer.
        size (int): A file is written as soon as it has so many records.

    Raises:
        UserError: If ``size`` is below 1.
    """

    def __init__(self,
                 folder: str | os.PathLike,
                 key: str = 'id',
                 size: int = 1024) -> None:
        if size < 1:
            raise UserError(f'RecordShards: size={size} is not at least 1')
        self.folder = Path(folder)
        self.key = key
        self.size = size
        self._start = re.compile(rb'\{"%s": (-?\d+)[,}]' % key.encode())
        self._pending: list[dict] = []

    def add(self, *records: dict) -> None:
        """Add records that belong together: all or none outlive a kill."""
        self._pending.extend(records)
        if len(self._pending) >= self.size:
            self.flush()

    def flush(self) -> None:
        """Write what was added."""
        if not self._pending:
            return
        keys = [record[self.key] for record in self._pending]
        # The number comes first, where it is found without parsing.
        lines = [json.dumps({self.key: record[self.key], **record})
                 for record in self._pending]
        # Named by its records: nobody overwrites other ones.
        name = hashlib.sha256(repr(keys).encode()).hexdigest()[:20]
        with atomic_path(self.folder / (name + _SUFFIX)) as temporary:
            temporary.write_text('\n'.join(lines) + '\n', encoding='utf-8')
        self._pending = []

    def index(self) -> 'RecordIndex':
        """Index of what lies in the folder.

        Raises:
            UserError: If a file is none of these.
        """
        return RecordIndex(self.folder, self._start)


class RecordIndex:
    """Where each record of a folder of shards lies: 24 bytes a record.

    Attributes:
        keys (np.ndarray): Numbers, int64 (N,), rising, each once.
    """

    def __init__(self, folder: Path, start: re.Pattern) -> None:
        self.files = sorted(folder.glob(f'[!.]*{_SUFFIX}'))
        parts = [_lines(path, start) for path in self.files]
        keys = [part[0] for part in parts]
        owner = np.repeat(np.arange(len(parts)), [len(k) for k in keys])
        self.keys, first = np.unique(
            np.concatenate([np.empty(0, np.int64), *keys]),
            return_index=True)
        self._owner = owner[first].astype(np.int32)
        self._offset = np.concatenate(
            [np.empty(0, np.int64), *(part[1] for part in parts)])[first]
        self._length = np.concatenate(
            [np.empty(0, np.int32), *(part[2] for part in parts)])[first]
        self._open: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def get(self, key: int) -> dict | None:
        """The record of a number; None if there is none."""
        place = int(np.searchsorted(self.keys, key))
        if place == len(self.keys) or self.keys[place] != key:
            return None
        owner = int(self._owner[place])
        if owner not in self._open:
            self._open[owner] = os.open(self.files[owner], os.O_RDONLY)
        text = os.pread(self._open[owner], int(self._length[place]),
                        int(self._offset[place]))
        return json.loads(text)

    def close(self) -> None:
        """Close the files."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open = {}


def _lines(path: Path, start: re.Pattern) -> tuple[np.ndarray, ...]:
    """Numbers, offsets and lengths of the records of a file."""
    keys, offsets, lengths, offset = [], [], [], 0
    with open(path, 'rb') as file:
        for line in file:
            match = start.match(line)
            if match is None:
                raise UserError(f'{path}: holds no numbered records; delete '
                                f'{path.parent} and run the stage again')
            keys.append(int(match[1]))
            offsets.append(offset)
            lengths.append(len(line))
            offset += len(line)
    return (np.array(keys, np.int64), np.array(offsets, np.int64),
            np.array(lengths, np.int32))
