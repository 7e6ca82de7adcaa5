"""Retention rate: AP of a detector trained on pseudo masks over that of one
trained on ground truth.

retention.py OUT gt=work_dirs/test_gt pseudo=work_dirs/test_pseudo

Reads the metrics.json of the tests of these detectors. Writes OUT/metrics.json
with the AP of each name and the retention of each but the first. The last line
printed is the retention of the last name.
"""
import argparse
from pathlib import Path

from wsss_plugins.apis.cli import run_main
from wsss_plugins.structures import UserError, read_json, write_json
from wsss_plugins.structures.text_files import described


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('out', help='folder for metrics.json')
    parser.add_argument(
        'tests',
        nargs='+',
        metavar='NAME=FOLDER',
        help='work dirs of tests; the first is that of ground truth')
    parser.add_argument(
        '--metric',
        default='coco/segm_mAP',
        help='which AP (default: %(default)s)')
    return parser.parse_args()


def read_metric(folder: str, key: str) -> float:
    """One metric of a test's work dir."""
    path = Path(folder, 'metrics.json')
    again = 'run the test first'
    metrics = read_json(path, 'file of metrics', again, again)
    value = metrics.get(key) if isinstance(metrics, dict) else None
    if type(value) not in (int, float):
        raise UserError(f'{path}: {key} is {described(value)}, not a number; '
                        'run the test first, or name another --metric')
    return float(value)


def main() -> None:
    """Compare."""
    args = parse_args()
    pairs = [text.partition('=') for text in args.tests]
    if not all(name and folder for name, _, folder in pairs):
        raise UserError(f'{" ".join(args.tests)}: write NAME=FOLDER')
    found = {name: read_metric(folder, args.metric)
             for name, _, folder in pairs}
    (first, real), *others = found.items()
    metrics = {f'{first}/ap': real}
    for name, value in others:
        metrics[f'{name}/ap'] = value
    for name, value in others:
        # Without an AP on ground truth there is nothing to retain.
        metrics[f'{name}/retention'] = value / real if real > 0 else None
    write_json(Path(args.out, 'metrics.json'), metrics, indent=1)
    for key, value in metrics.items():
        print(f'{key:24} {"undefined" if value is None else f"{value:.4f}"}')


if __name__ == '__main__':
    run_main(main)
