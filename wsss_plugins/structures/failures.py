"""What reading a broken or hostile file can bring up, in one list."""
import lzma
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from .errors import UserError

#: Whatever readers of JSON, text, pickles, archives and images raise for a
#: file that is damaged, cut off, encrypted, nested too deeply or too large.
READ_FAILURES = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
    MemoryError, RecursionError, EOFError, OSError, SyntaxError,
    NotImplementedError, RuntimeError, struct.error, tokenize.TokenError,
    zlib.error, lzma.LZMAError, zipfile.BadZipFile,
    Image.DecompressionBombError)
#: Messages of these are about the interpreter's objects, not about a file.
INNER = (TypeError, AttributeError, IndexError, OverflowError, struct.error)
_LONGEST = 200


def reason(error: BaseException) -> str:
    """What went wrong, as one line in words that a user knows.

    Args:
        error (BaseException): Of any type.
    """
    if isinstance(error, MemoryError):
        return 'it does not fit into memory'
    if isinstance(error, RecursionError):
        return 'it is nested too deeply'
    if isinstance(error, UnicodeDecodeError):
        return (f'byte {error.start} is not {error.encoding.upper()} text')
    if isinstance(error, UnicodeError):
        return 'it holds a character that cannot be written'
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, KeyError):
        return f'it has no entry {error}'
    if isinstance(error, INNER):
        return 'its content has another layout'
    text = ' '.join(str(error).split())
    return text[:_LONGEST] or 'its content has another layout'


@contextmanager
def reading(path: str | os.PathLike, what: str, fix: str,
            missing: str | None = None) -> Iterator[None]:
    """Let whatever a broken file brings up name the file, in one line.

    Args:
        path (str | PathLike): The file that is read in the block.
        what (str): What the file is to the user, such as ``'CAM file'``.
        fix (str): What to do about a damaged one.
        missing (str, optional): What to do about one that is not there.
            Defaults to the same.

    Raises:
        UserError: In place of any of :data:`READ_FAILURES`.
    """
    try:
        yield
    except UserError:
        raise
    except FileNotFoundError:
        raise UserError(f'{path}: {what} not found; {missing or fix}'
                        ) from None
    except READ_FAILURES as error:
        if isinstance(error, OSError) and error.errno:
            raise UserError(f'{path}: {what} cannot be read '
                            f'({reason(error)}); {missing or fix}') from None
        raise UserError(f'{path}: not a whole {what} ({reason(error)}); '
                        f'{fix}') from None
