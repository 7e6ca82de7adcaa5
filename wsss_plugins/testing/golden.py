"""``python -m wsss_plugins.testing.golden METHOD FOLDER``.

Runs the package's own functions and modules on the inputs of golden files and
compares with the outputs that a reference implementation gave. One line a
check; exit status 1 on any failure, and on a file that no check knows.
"""
import argparse
import fnmatch
import importlib
import sys
from pathlib import Path

from ..apis.cli import run_main
from ..compat import restrict_checkpoints
from ..structures import UserError
from .checks import Checker

# Each has its CHECKERS, by pattern of file names, in golden_METHOD.py.
_METHODS = ('eps', 'sec', 'psa', 'irn', 'wsgcn', 'sccam', 'exits')

# Files that explain others, or are read along with them.
_COMPANIONS = ('README*', 'transforms*.json')


def methods() -> list[str]:
    """Methods that have checks."""
    here = Path(__file__).parent
    return [name for name in _METHODS if (here / f'golden_{name}.py').exists()]


def checkers(method: str) -> dict[str, Checker]:
    """Checks of a method by pattern of file names."""
    return importlib.import_module(f'{__package__}.golden_{method}').CHECKERS


def check_file(method: str, path: Path) -> bool:
    """Check one golden file and print a line for each comparison."""
    checker = next((checker for pattern, checker in checkers(method).items()
                    if fnmatch.fnmatch(path.name, pattern)), None)
    if checker is None:
        print(f'{path.name}: no check knows this file, FAIL')
        return False
    passed = True
    try:
        for check in checker(path):
            print(f'{path.name} {check}')
            passed &= check.passed
    except Exception as error:
        # A crash of one file must not hide the others.
        print(f'{path.name}: {type(error).__name__}: {error}, FAIL')
        return False
    return passed


def check_folder(method: str, folder: Path) -> bool:
    """Check all files of a folder; False if anything failed.

    Raises:
        UserError: If there is nothing to check.
    """
    if not folder.is_dir():
        raise UserError(f'{folder}: no such folder of golden files')
    files = [
        path for path in sorted(folder.iterdir()) if path.is_file()
        and not any(fnmatch.fnmatch(path.name, c) for c in _COMPANIONS)
    ]
    if not files:
        raise UserError(f'{folder}: no golden files')
    # Every file is checked, also after a failure.
    return sum(not check_file(method, path) for path in files) == 0


def main() -> int:
    """Run the command line; 0 if all checks pass."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('method', choices=methods())
    parser.add_argument('folder', type=Path)
    args = parser.parse_args()
    restrict_checkpoints()
    passed = check_folder(args.method, args.folder)
    print('all checks passed' if passed else 'some checks FAILED')
    return 0 if passed else 1


if __name__ == '__main__':
    run_main(main)
    sys.exit()
