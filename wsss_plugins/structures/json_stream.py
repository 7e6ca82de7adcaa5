"""A JSON object of any length, parsed entry by entry as it is read."""
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import UserError
from .failures import reading

_CHUNK = 1 << 20
_SPACE = ' \t\r\n'
_AGAIN = 'fetch it again'


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
                         f'{_AGAIN}')

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
            except RecursionError:
                raise self.fail('nested too deeply') from None
            except ValueError as error:
                if not self._more():
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


def stream_entries(path: str | os.PathLike,
                   list_key: str) -> Iterator[tuple[str, Any]]:
    """Entries of a file's object; each item of one list is one of its own.

    Args:
        path (str | PathLike): UTF-8, with or without byte order mark.
        list_key (str): Entry whose list is not to be held in memory.

    Yields:
        tuple[str, Any]: Key and value; the list's key for each of its items.

    Raises:
        UserError: If the file is missing, not JSON, nested too deeply, holds
            more than one object, or has an entry twice.
    """
    path = Path(path)
    with (reading(path, 'JSON file', _AGAIN, 'fix the path'),
          open(path, encoding='utf-8-sig') as file):
        yield from _parsed(_Scanner(path, file), list_key)


def _parsed(scanner: _Scanner, list_key: str) -> Iterator[tuple[str, Any]]:
    seen = set()
    scanner.take('{')
    if scanner.peek() == '}':
        scanner.take('}')
    else:
        more = True
        while more:
            key = scanner.value()
            if not isinstance(key, str) or key in seen:
                raise scanner.fail(f'the key {key!r:.60} comes twice, or is '
                                   'no text')
            seen.add(key)
            scanner.take(':')
            if key == list_key and scanner.peek() == '[':
                for item in scanner.items():
                    yield key, item
            else:
                yield key, scanner.value()
            more = scanner.take(',}') == ','
    if scanner.peek():
        raise scanner.fail('more text behind its end')
