"""Checks against golden files: outputs of a reference implementation.

``python -m wsss_plugins.testing.golden METHOD FOLDER`` runs the package's own
functions and modules on the inputs of the files in FOLDER and compares the
results with the outputs in the same files.

A method is a module or a package in this folder; there is no list of them. A
check is a function that takes a file and yields comparisons, marked with the
names of the files that it checks::

    from wsss_plugins.testing.arrays import load_tensors
    from wsss_plugins.testing.checks import checks, compare

    @checks('loss*.npz')
    def check_loss(path):
        data = load_tensors(path)
        yield compare('loss', my_loss(data['logits']), data['loss'])

A paper outside this package keeps its checks beside its code. METHOD is then
the dotted name of the module or package (``my_paper.golden``) or the path of
a Python file (``projects/my_paper/golden.py``), whose folder is put on the
module search path, as ``python FILE`` does. In packages, modules whose names
start with ``_`` hold what the others share.
"""
import fnmatch
import importlib
import importlib.util
import inspect
import pkgutil
import sys
from pathlib import Path
from types import ModuleType

from wsss_plugins.structures import UserError

from ..checks import Checker

# What explains the files, in every folder.
_README = 'README*'


def methods() -> list[str]:
    """Methods of this package that have checks, sorted."""
    return _public_modules(__path__)


def checkers(method: str) -> list[Checker]:
    """Checks of a method.

    Args:
        method (str): Name of a method of this package, dotted name of a
            module or a package, or path of a Python file.

    Raises:
        UserError: If there is no such method, or it has no check.
    """
    root = _module(method)
    modules = [root]
    if hasattr(root, '__path__'):
        modules += [
            importlib.import_module(f'{root.__name__}.{name}')
            for name in _public_modules(root.__path__)
        ]
    found = [
        value for module in modules for value in vars(module).values()
        if inspect.isfunction(value) and hasattr(value, 'patterns')
        and value.__module__ == module.__name__
    ]
    if not found:
        raise UserError(f'{method}: no golden check in it; mark one with '
                        '@wsss_plugins.testing.checks.checks(PATTERN)')
    return found


def _public_modules(path: list[str]) -> list[str]:
    return sorted(info.name for info in pkgutil.iter_modules(path)
                  if not info.name.startswith('_'))


def _module(method: str) -> ModuleType:
    if method in methods():
        return importlib.import_module(f'{__name__}.{method}')
    if method.endswith('.py'):
        return _module_of_file(Path(method))
    try:
        found = importlib.util.find_spec(method)
    except (ModuleNotFoundError, ValueError):
        found = None
    if found is None:
        raise UserError(
            f'{method}: no such golden checks; give one of '
            f'{", ".join(methods())}, a dotted module or a Python file')
    return importlib.import_module(method)


def _module_of_file(path: Path) -> ModuleType:
    """Load a file as a module; its folder comes first on the path."""
    if not path.is_file():
        raise UserError(f'{path}: no such file of golden checks')
    path = path.resolve()
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    name = f'golden_checks_{path.stem}'
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def check_file(method: str, path: Path) -> bool:
    """Check one golden file and print a line for each comparison."""
    found = [
        checker for checker in checkers(method)
        if _matches(path.name, checker.patterns)
    ]
    if len(found) != 1:
        who = 'no check knows' if not found else 'more than one check knows'
        print(f'{path.name}: {who} this file, FAIL')
        return False
    passed = True
    try:
        for check in found[0](path):
            print(f'{path.name} {check}')
            passed &= check.passed
    except Exception as error:
        # A crash of one file must not hide the others.
        print(f'{path.name}: {type(error).__name__}: {error}, FAIL')
        return False
    return passed


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def check_folder(method: str, folder: Path) -> bool:
    """Check all files of a folder; False if anything failed.

    Raises:
        UserError: If there is nothing to check.
    """
    if not folder.is_dir():
        raise UserError(f'{folder}: no such folder of golden files')
    companions = (_README, *(
        pattern for checker in checkers(method)
        for pattern in checker.companions))
    files = [
        path for path in sorted(folder.iterdir())
        if path.is_file() and not _matches(path.name, companions)
    ]
    if not files:
        raise UserError(f'{folder}: no golden files')
    # Every file is checked, also after a failure.
    return sum(not check_file(method, path) for path in files) == 0
