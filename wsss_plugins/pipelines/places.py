"""Where pipelines, configs and scripts are found.

A pipeline may lie in any folder, and the package in a checkout or among the
installed ones, where its configs and tools are in ``.mim``.
"""
import os
from collections.abc import Iterable
from pathlib import Path

from ..structures import UserError

PACKAGE = Path(__file__).resolve().parents[1]


def package_folders() -> list[Path]:
    """Folders with ``configs/`` and ``tools/``: a checkout, and ``.mim``."""
    folders = [PACKAGE.parent, PACKAGE / '.mim']
    return [f for f in folders if (f / 'tools/run_pipeline.py').is_file()]


def find_pipeline(name: str) -> Path:
    """A pipeline file: below the working folder, or of the package.

    Args:
        name (str): Its path, absolute or relative.

    Returns:
        Path: Absolute.

    Raises:
        UserError: If there is no such file; names all places.
    """
    return _find(f'{name}: pipeline file', name,
                 [Path.cwd(), *package_folders()])


def find_program(where: str, name: str, folder: Path) -> Path:
    """A config or script of a stage.

    An absolute path stands for itself; others are looked for in the folder
    of the pipeline file, the project above it (a folder with
    ``tools/train.py``), the working folder, the checkout that holds the
    package, and the package's ``.mim``, in this order.

    Args:
        where (str): For messages.
        name (str): Its path as the pipeline file has it.
        folder (Path): Of the pipeline file.

    Returns:
        Path: Absolute.

    Raises:
        UserError: If there is no such file; names all places.
    """
    return _find(f'{where}: {name}', name,
                 [folder, *_project(folder), Path.cwd(), *package_folders()])


def _project(folder: Path) -> list[Path]:
    """The nearest folder above that is a project of its own, if any."""
    return [above for above in folder.parents
            if (above / 'tools/train.py').is_file()][:1]


def find_tool(name: str) -> Path:
    """A script of the package, such as ``tools/train.py``.

    Raises:
        UserError: If the package lies there without its tools.
    """
    return _find(f'{name}: tool of the package', name,
                 package_folders() or [PACKAGE / '.mim'])


def _find(what: str, name: str, folders: Iterable[Path]) -> Path:
    """The first one that is there; links are kept as they are."""
    paths = [Path(os.path.abspath(folder / name)) for folder in folders]
    for path in paths:
        if path.is_file():
            return path
    places = ', '.join(dict.fromkeys(map(str, paths)))
    raise UserError(f'{what} not found; looked for {places}')


def shown(path: Path, here: Path) -> str:
    """A path as one types it in a folder: relative to it, if below it."""
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
