"""Modules that a pipeline file asks for."""
import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..structures.errors import UserError


def import_modules(path: str, wanted: Sequence[str] | dict,
                   home: Path) -> None:
    """Import modules that register parts, such as a column of the report.

    They are found as Python finds any module, and in the folder of the
    pipeline file and the current one.

    Args:
        path (str): The pipeline file, for messages.
        wanted (Sequence[str] | dict): Names of modules, or OpenMMLab's form
            ``dict(imports=[...], allow_failed_imports=False)``.
        home (Path): Folder of the pipeline file.

    Raises:
        UserError: If it is something else, or an import fails that must not.
    """
    where, may_fail = f'{path}: custom_imports', False
    if isinstance(wanted, dict):
        may_fail = wanted.get('allow_failed_imports', False)
        wanted = wanted.get('imports')
    names = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(names, (list, tuple)) or not all(
            isinstance(name, str) for name in names):
        raise UserError(f'{where} = {wanted!r}; write a list of names of '
                        'modules')
    with found_in(home, Path.cwd()):
        for name in names:
            try:
                importlib.import_module(name)
            except Exception as error:
                # Whatever its code raises; it is the user's file.
                if not (may_fail and isinstance(error, ImportError)):
                    raise UserError(
                        f'{where}: {name} cannot be imported '
                        f'({type(error).__name__}: {error}); fix it, or add '
                        'its folder to PYTHONPATH') from None


@contextmanager
def found_in(*folders: Path) -> Iterator[None]:
    """Let modules be imported from some folders, after all others."""
    before = list(sys.path)
    sys.path += [str(folder) for folder in folders]
    try:
        yield
    finally:
        sys.path[:] = before
