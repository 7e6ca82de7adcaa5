"""Files appear whole or not at all."""
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary sibling of ``path`` that replaces it on success.

    The temporary name starts with a dot and keeps the suffix, so writers that
    choose a format by suffix work, and listings by suffix skip it. If the
    block raises, or the process dies, ``path`` is as it was.

    Args:
        path (str | PathLike): Final path; its folder is made.

    Yields:
        Path: The path to write to.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f'.{path.stem}.', suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: str | os.PathLike, data: Any, **dump_options) -> None:
    """Write ``data`` as JSON, atomically, with a final newline."""
    with atomic_path(path) as temporary:
        temporary.write_text(
            json.dumps(data, **dump_options) + '\n', encoding='utf-8')
