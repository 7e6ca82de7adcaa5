"""Mean and spread of the metrics of several runs of one pipeline.

compare_seeds.py configs/eps/pipeline_tinyvoc.py eps_s0 eps_s1 eps_s2

Reads the work dirs of finished runs that differ by their seed:

    for s in 0 1 2; do run_pipeline.py PIPELINE --work-dir eps_s$s \\
        --cfg-options seed=$s; done

and prints what the report of the pipeline compares, as a Markdown table of
mean ± standard deviation (divisor n - 1). The last line tells how many runs.
"""
import argparse

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main
from wsss_plugins.reports.spread import markdown_table, spread_of_runs
from wsss_plugins.structures import write_json


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pipeline', help='pipeline file of all runs')
    parser.add_argument('work_dirs', nargs='+', help='one for each seed')
    parser.add_argument('--json', metavar='FILE', help='write values here')
    return parser.parse_args()


def main() -> None:
    """Compare."""
    args = parse_args()
    found = spread_of_runs(args.pipeline, args.work_dirs)
    if args.json:
        write_json(args.json, [vars(one) for one in found], indent=1)
    print(markdown_table(found))
    print(f'{len(args.work_dirs)} runs')


if __name__ == '__main__':
    run_main(main)
