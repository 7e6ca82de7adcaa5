"""Time the package against the reference: ``python benchmarks/run.py NAME``.

One thread. Prints a table; ``--json FILE`` writes the same numbers.

A benchmark is a module beside this file with a function ``cases`` (its
docstring's first line says what is measured); there is no list of them. NAME
may also be the path of such a file elsewhere. What several share is in
``common/``.
"""
import os

for _library in ('OMP', 'MKL', 'OPENBLAS', 'NUMBA'):
    # Read when the libraries are loaded, so before the imports below.
    os.environ[f'{_library}_NUM_THREADS'] = '1'

import argparse  # noqa: E402
import ast  # noqa: E402
import importlib.util  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections.abc import Iterator, Sequence  # noqa: E402
from pathlib import Path  # noqa: E402
from types import ModuleType  # noqa: E402

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from common.harness import measure, table  # noqa: E402
from tqdm import tqdm  # noqa: E402

from wsss_plugins.apis.cli import run_main  # noqa: E402
from wsss_plugins.structures import UserError, write_json  # noqa: E402

# Repeats, and seconds for those of a case.
_EFFORT = {False: (15, 60.), True: (5, 5.)}


def benchmarks() -> dict[str, str]:
    """Names of the benchmarks, sorted, with what each measures.

    The files are read, not imported: some import large libraries.
    """
    found = {}
    for path in sorted(HERE.glob('*.py')):
        tree = ast.parse(path.read_text(encoding='utf-8'))
        if any(isinstance(node, ast.FunctionDef) and node.name == 'cases'
               for node in tree.body):
            found[path.stem] = ast.get_docstring(tree).partition('\n')[0]
    return found


def module_of(name: str) -> ModuleType:
    """Import a benchmark by its name or its file.

    Raises:
        UserError: If there is no such benchmark.
    """
    path = Path(name) if name.endswith('.py') else HERE / f'{name}.py'
    if not name.endswith('.py') and name not in benchmarks():
        raise UserError(f'benchmark {name!r} is not known; choose one of '
                        f'{", ".join(benchmarks())}, or give a Python file')
    if not path.is_file():
        raise UserError(f'{path}: no such file')
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, 'cases'):
        raise UserError(f'{path}: no function "cases", so not a benchmark')
    return module


def run(name: str, quick: bool,
        only: Sequence[str] = ()) -> Iterator[dict]:
    """Time cases of a benchmark; see :func:`common.harness.measure`.

    Args:
        name (str): Of the benchmark.
        quick (bool): Less work and fewer repeats.
        only (Sequence[str]): Cases whose name has one of these texts; all if
            there are none.

    Yields:
        dict: A row, as soon as it is measured.
    """
    import cv2
    import torch
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    cases = module_of(name).cases
    with tempfile.TemporaryDirectory(prefix='benchmark_') as folder:
        for case in tqdm(cases(Path(folder), quick), desc=name, leave=False):
            if not only or any(text in case.name for text in only):
                yield measure(case, *_EFFORT[quick])


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    lines = [f'  {name:<18} {text}' for name, text in benchmarks().items()]
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='\n'.join(['benchmarks:', *lines]),
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('name', nargs='?', help='see below')
    parser.add_argument('--json', type=Path, help='write the numbers here')
    parser.add_argument(
        '--quick', action='store_true', help='less work and fewer repeats')
    parser.add_argument(
        '--only', nargs='+', default=(), metavar='TEXT',
        help='only cases whose name has one of these texts')
    parser.add_argument(
        '--list', action='store_true', help='print the names and leave')
    args = parser.parse_args()
    if not (args.name or args.list):
        parser.error('give the name of a benchmark, or --list')
    return args


def main() -> None:
    """Run the command line."""
    args = parse_args()
    if args.list:
        print('\n'.join(benchmarks()))
        return
    name, rows = Path(args.name).stem, []
    numbers = dict(name=name, rows=rows)
    if args.json:
        write_json(args.json, numbers, indent=1)
    for row in run(args.name, args.quick, args.only):
        rows.append(row)
        if args.json:  # what was measured before an interruption
            write_json(args.json, numbers, indent=1)
    print(table(name, rows))


if __name__ == '__main__':
    run_main(main)
