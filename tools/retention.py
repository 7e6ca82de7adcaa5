"""Retention rate: AP of a detector on pseudo masks over that on true masks.

Reads the metrics.json of tests of detectors that were trained on true masks
and on others; writes OUT/metrics.json with the true AP and, for each name,
AP and retention. The last line is the last name's retention.
"""
import argparse
import json
from pathlib import Path

from wsss_plugins.apis.cli import run_main
from wsss_plugins.structures import UserError, write_json


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
        help='work dirs of tests; the first is of true masks')
    parser.add_argument(
        '--metric', default='coco/segm_mAP', help='which AP; %(default)s')
    return parser.parse_args()


def read_metric(folder: str, key: str) -> float:
    """One metric of a test's work dir."""
    path = Path(folder, 'metrics.json')
    try:
        value = json.loads(path.read_text(encoding='utf-8'))[key]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f'{path}: no metric {key} ({error!r}); run the test '
                        'first') from None
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
        # Without an AP on true masks there is nothing to retain.
        metrics[f'{name}/retention'] = value / real if real > 0 else None
    write_json(Path(args.out, 'metrics.json'), metrics, indent=1)
    for key, value in metrics.items():
        print(f'{key:24} {"undefined" if value is None else f"{value:.4f}"}')


if __name__ == '__main__':
    run_main(main)
