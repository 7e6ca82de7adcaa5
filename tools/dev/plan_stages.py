"""Hours of every paper's stages, from times of images that were measured.

python benchmarks/run.py stages --json stages.json
python benchmarks/run.py paper_networks --json networks.json
plan_stages.py stages.json networks.json
plan_stages.py benchmarks/results/*.json --pipelines \
configs/psa/pipeline_voc12.py

Prints a table for each pipeline file, of PASCAL VOC 2012 and for COCO's
numbers of images: hours on 1, 8 and 32 cores. Images are shared by the cores;
what a training on several ranks loses to communication is not counted.
"""
import argparse
from pathlib import Path

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main

_CORES = (1, 8, 32)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'times', nargs='+', type=Path,
        help='JSON files of benchmarks/run.py')
    parser.add_argument(
        '--pipelines', nargs='+', type=Path, metavar='FILE',
        help='for PASCAL VOC 2012 (default: those of all papers)')
    parser.add_argument(
        '--cores', nargs='+', type=int, default=_CORES,
        help='columns (default: 1 8 32)')
    return parser.parse_args()


def main() -> None:
    """Print the tables."""
    args = parse_args()
    from wsss_plugins.apis.stage_plan import (
        COCO,
        VOC,
        Times,
        plan_table,
        planned_stages,
    )
    from wsss_plugins.testing.configs import config_root
    times = Times(args.times)
    files = args.pipelines or sorted(
        config_root().glob('*/pipeline_voc12.py'))
    tables = []
    for path in files:
        title, stages = planned_stages(path, times)
        tables.append(plan_table(title, stages, (VOC.name, COCO.name),
                                 args.cores))
    print('\n\n'.join(tables))


if __name__ == '__main__':
    run_main(main)
