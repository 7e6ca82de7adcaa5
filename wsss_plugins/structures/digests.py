"""Short digests that tell whether a content changed."""
import hashlib
import os
from pathlib import Path

_DIGITS = 16


def text_digest(text: str) -> str:
    """16 hexadecimal digits of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def file_digest(path: str | os.PathLike) -> str:
    """16 hexadecimal digits of the content of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:_DIGITS]
