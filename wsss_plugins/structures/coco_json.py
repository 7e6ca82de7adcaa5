"""COCO annotation files of any length, read and written item by item.

A million annotations as Python objects take gigabytes. Here they pass one at
a time: :func:`iter_annotations` parses the file as it reads it, and
:class:`CocoWriter` writes each annotation as it comes. What ranks make in any
order lies in between, in :class:`RecordShards`, as lines of JSON that are
found again by their number.
"""
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .atomic import atomic_path
from .errors import UserError

_LIST = 'annotations'
_CHUNK = 1 << 20
_SPACE = ' \t\r\n'
_SUFFIX = '.jsonl'


class _Scanner:
    """Parses a JSON file piece by piece, with a window of its text."""

    def __init__(self, path: Path, file) -> None:
        self.path = path
        self.file = file
        self.decoder = json.JSONDecoder()
        self.text, self.place, self.ended = '', 0, False

    def _more(self) -> bool:
        """Read on; what was parsed is let go. False at the end."""
        if self.ended:
            return False
        # Doubling, as what is pending is parsed again from its start.
        rest = self.text[self.place:]
        read = self.file.read(max(_CHUNK, len(rest)))
        self.ended = not read
        self.text, self.place = rest + read, 0
        return not self.ended

    def fail(self, reason: str) -> UserError:
        """An error that tells where in the file."""
        near = self.text[self.place:self.place + 30]
        return UserError(f'{self.path}: not JSON ({reason}, near {near!r}); '
                         'fetch it again')

    def peek(self) -> str:
        """Next character that is no space; '' at the end."""
        while True:
            while (self.place < len(self.text)
                   and self.text[self.place] in _SPACE):
                self.place += 1
            if self.place < len(self.text):
                return self.text[self.place]
            if not self._more():
                return ''

    def take(self, characters: str) -> str:
        """Take one of some characters."""
        found = self.peek()
        if not found or found not in characters:
            raise self.fail(f'expected one of {characters!r}')
        self.place += 1
        return found

    def value(self) -> Any:
        """Take a whole value."""
        self.peek()
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text, self.place)
            except (ValueError, RecursionError) as error:
                if isinstance(error, RecursionError) or not self._more():
                    raise self.fail(str(error)) from None
                continue
            # A number that ends with the window may go on behind it.
            if end == len(self.text) and self._more():
                continue
            self.place = end
            return value

    def items(self) -> Iterator[Any]:
        """Take a list, one item at a time."""
        self.take('[')
        if self.peek() == ']':
            self.take(']')
            return
        while True:
            yield self.value()
            if self.take(',]') == ']':
                return


def _entries(path: str | os.PathLike) -> Iterator[tuple[str, Any]]:
    """Entries of a file's object; each annotation is one of its own."""
    path = Path(path)
    try:
        with open(path, encoding='utf-8') as file:
            yield from _parsed(_Scanner(path, file))
    except OSError as error:
        raise UserError(f'{path}: cannot be read ({error.strerror}); fix the '
                        'path') from None
    except UnicodeDecodeError as error:
        raise UserError(f'{path}: not UTF-8 ({error.reason}); fetch it '
                        'again') from None


def _parsed(scanner: _Scanner) -> Iterator[tuple[str, Any]]:
    scanner.take('{')
    while scanner.peek() != '}':
        key = scanner.value()
        scanner.take(':')
        if key == _LIST and scanner.peek() == '[':
            for item in scanner.items():
                yield key, item
        else:
            yield key, scanner.value()
        if scanner.take(',}') == '}':
            return


def coco_head(path: str | os.PathLike) -> dict[str, Any]:
    """All entries of a COCO json but its annotations.

    Raises:
        UserError: If it is missing, not JSON, or has no ``images`` or
            ``categories`` with ids.
    """
    head = {key: value for key, value in _entries(path) if key != _LIST}
    for name in ('images', 'categories'):
        items = head.get(name)
        if not isinstance(items, list) or not all(
                isinstance(i, dict) and type(i.get('id')) is int
                for i in items):
            raise UserError(f'{path}: no list of {name} with ids; expected '
                            'COCO instance annotations')
    return head


def iter_annotations(path: str | os.PathLike) -> Iterator[dict]:
    """Annotations of a COCO json in their order, parsed as they are asked.

    Raises:
        UserError: If the file is missing, not JSON, or an annotation has no
            ``id`` or ``image_id``.
    """
    for key, item in _entries(path):
        if key != _LIST:
            continue
        if not isinstance(item, dict) or not all(
                type(item.get(k)) is int for k in ('id', 'image_id')):
            raise UserError(f'{path}: annotation {item!r:.80} has no id or '
                            'image_id; expected COCO instance annotations')
        yield item


class CocoWriter:
    """Writes a COCO json annotation by annotation; whole or not at all.

    Use it as a context manager; the file appears when the block ends well.

    Args:
        path (str | PathLike): File to write; its folder is made.
        head (dict): Entries beside ``annotations``, written first.

    Attributes:
        count (int): Annotations written so far.
    """

    def __init__(self, path: str | os.PathLike, head: dict) -> None:
        self.path = Path(path)
        self.head = {k: v for k, v in head.items() if k != _LIST}
        self.count = 0

    def __enter__(self) -> 'CocoWriter':
        self._context = atomic_path(self.path)
        temporary = self._context.__enter__()
        self._file = open(temporary, 'w', encoding='utf-8')
        self._file.write('{')
        for key, value in self.head.items():
            self._file.write(f'{json.dumps(key)}: {json.dumps(value)},\n')
        self._file.write(f'"{_LIST}": [')
        return self

    def write(self, annotation: dict) -> None:
        """Add an annotation."""
        text = json.dumps(annotation, allow_nan=False)
        self._file.write((',\n' if self.count else '\n') + text)
        self.count += 1

    def __exit__(self, kind, error, traceback) -> None:
        if kind is None:
            self._file.write('\n]}\n')
        self._file.close()
        self._context.__exit__(kind, error, traceback)


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
