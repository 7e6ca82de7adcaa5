"""Files that are written for a person to edit, and kept once edited."""
from collections.abc import Mapping
from pathlib import Path

from ..structures import atomic_path
from ..structures.digests import text_digest


def write_editable(root: Path, texts: Mapping[str, str],
                   written: Mapping[str, str]
                   ) -> tuple[dict[str, str], list[str]]:
    """Write texts; files that were edited since the last time are kept.

    Args:
        root (Path): Folder of the files.
        texts (Mapping[str, str]): Contents by path in it.
        written (Mapping[str, str]): Digests of what an earlier run wrote, by
            path.

    Returns:
        tuple[dict[str, str], list[str]]: Digests now; files that were kept.
    """
    digests, kept = {}, []
    for name, text in sorted(texts.items()):
        path = root / name
        if path.is_file() and text_digest(
                path.read_text(encoding='utf-8')) != written.get(name):
            kept.append(name)
            digests[name] = written.get(name, '')
            continue
        digests[name] = text_digest(text)
        with atomic_path(path) as temporary:
            temporary.write_text(text, encoding='utf-8')
    return digests, kept
