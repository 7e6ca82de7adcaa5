"""Text and JSON files, read in one way."""
import codecs
import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .errors import UserError
from .failures import reading

_UTF16 = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE
_SPACE = ' \t\r\n'
#: Most bytes of a name of a file on common disks.
MAX_NAME = 255


def read_text(path: str | os.PathLike,
              what: str = 'text file',
              fix: str = 'save it as UTF-8 text',
              missing: str = 'fix the path') -> str:
    """All of a text file, in UTF-8 with or without byte order mark.

    UTF-16, which starts with a mark of its own, is read as well. Line ends
    of Windows become ``\\n``.

    Args:
        path (str | PathLike): The file.
        what (str): What it is to the user, for the message.
        fix (str): What to do if it is damaged.
        missing (str): What to do if it is not there.

    Raises:
        UserError: If it is missing, of another encoding, or holds NUL.
    """
    with reading(path, what, fix, missing):
        data = Path(path).read_bytes()
        wide = data.startswith(_UTF16)
        text = data.decode('utf-16' if wide else 'utf-8-sig')
    if '\0' in text:
        raise UserError(f'{path}: not a text file, it holds NUL bytes; {fix}')
    return text.replace('\r\n', '\n').replace('\r', '\n')


def read_json(path: str | os.PathLike,
              what: str = 'JSON file',
              fix: str = 'write it again',
              missing: str = 'fix the path') -> Any:
    """The value of a JSON file.

    Args:
        path (str | PathLike): The file.
        what (str): What it is to the user, for the message.
        fix (str): What to do if it is damaged.
        missing (str): What to do if it is not there.

    Raises:
        UserError: If it is missing, cut off, not JSON, nested too deeply, or
            an object has a key twice, of which one would be lost.
    """
    text = read_text(path, what, fix, missing)
    if not text.strip(_SPACE):
        raise UserError(f'{path}: empty, not a {what}; {fix}')
    with reading(path, what, fix):
        return json.loads(text, object_pairs_hook=_unique)


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    pairs = list(pairs)
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f'{twice!r:.60} comes twice; keep one')
    return found


def name_flaw(name: Any) -> str | None:
    """What keeps a text from being the name of a file; None if nothing.

    Args:
        name (Any): A name, perhaps with folders; of any type, as JSON holds
            it.
    """
    if not isinstance(name, str):
        return f'is {described(name)}, not a text'
    if not name.strip():
        return 'is empty'
    if any(ord(letter) < 32 for letter in name):
        return f'{name!r:.60} holds a control character'
    try:
        parts = name.encode('utf-8').replace(b'\\', b'/').split(b'/')
    except UnicodeEncodeError:
        return f'{name!r:.60} holds a character that no file system takes'
    if max(map(len, parts)) > MAX_NAME:
        return f'{name[:30]!r}... is longer than {MAX_NAME} bytes'
    return None


def described(value: Any) -> str:
    """A value with its type, in a line, for messages: ``the text '1'``."""
    if value is None:
        return 'null'
    if isinstance(value, bool):
        return str(value).lower()
    kinds = {str: 'the text', float: 'the fraction', int: 'the number',
             list: 'the list', dict: 'the object'}
    kind = kinds.get(type(value), f'the {type(value).__name__}')
    if isinstance(value, float) and value.is_integer():
        kind = 'the float'
    shown = repr(value)
    if not isinstance(value, str):
        shown = ' '.join(shown.split())  # arrays have several lines
    return f'{kind} {shown:.60}'
