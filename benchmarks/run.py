"""Time the package against the reference: ``python benchmarks/run.py NAME``.

One thread. Prints a table; ``--json FILE`` writes the same numbers.
"""
import os

for _library in ('OMP', 'MKL', 'OPENBLAS', 'NUMBA'):
    # Read when the libraries are loaded, so before the imports below.
    os.environ[f'{_library}_NUM_THREADS'] = '1'

import argparse  # noqa: E402
import importlib  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import cv2  # noqa: E402
import torch  # noqa: E402
from harness import measure, table  # noqa: E402
from tqdm import tqdm  # noqa: E402

from wsss_plugins.apis.cli import run_main  # noqa: E402
from wsss_plugins.structures import UserError, write_json  # noqa: E402

# Each is a module beside this file.
NAMES = ('crf', 'sec_crf', 'walk_psa', 'walk_irn', 'affinity_labels',
         'wsgcn', 'exits_propagation', 'mean_field', 'kmeans',
         'threshold_sweep', 'cam_post', 'storage', 'train_step',
         'object_crops', 'coco_json')
# Repeats, and seconds for those of a case.
_EFFORT = {False: (15, 60.), True: (5, 5.)}


def run(name: str, quick: bool) -> list[dict]:
    """Measure all cases of a benchmark; see :func:`harness.measure`."""
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    cases = importlib.import_module(name).cases
    rows = []
    with tempfile.TemporaryDirectory(prefix='benchmark_') as folder:
        for case in tqdm(cases(Path(folder), quick), desc=name, leave=False):
            rows.append(measure(case, *_EFFORT[quick]))
    return rows


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('name', nargs='?', help='see --list')
    parser.add_argument('--json', type=Path, help='write the numbers here')
    parser.add_argument(
        '--quick', action='store_true', help='less work and fewer repeats')
    parser.add_argument(
        '--list', action='store_true', help='print the names and leave')
    args = parser.parse_args()
    if args.list:
        print('\n'.join(NAMES))
        return
    if args.name not in NAMES:
        raise UserError(f'benchmark {args.name!r} is not known; choose one of '
                        f'{", ".join(NAMES)}')
    rows = run(args.name, args.quick)
    print(table(args.name, rows))
    if args.json:
        write_json(args.json, dict(name=args.name, rows=rows), indent=1)


if __name__ == '__main__':
    run_main(main)
