"""Compare the package with a reference's outputs, a line for each check.

The exit status is 1 on any failure, and on a file that no check knows.
"""
import argparse
from pathlib import Path

from wsss_plugins.apis.cli import run_main
from wsss_plugins.compat import restrict_checkpoints

from . import check_folder, methods


def main() -> int:
    """Run the command line; 0 if all checks pass."""
    parser = argparse.ArgumentParser(
        prog='python -m wsss_plugins.testing.golden', description=__doc__)
    parser.add_argument(
        'method',
        help=f'{", ".join(methods())}; or a dotted module or a Python file '
        'with checks of another paper')
    parser.add_argument(
        'folder', type=Path, help='golden files, of any seed and size')
    args = parser.parse_args()
    restrict_checkpoints()
    passed = check_folder(args.method, args.folder)
    print('all checks passed' if passed else 'some checks FAILED')
    return 0 if passed else 1


if __name__ == '__main__':
    run_main(main)
