"""Run a pipeline: all stages of a method, from data to a report.

run_pipeline.py configs/eps/pipeline_tinyvoc.py --work-dir work_dirs/tinyvoc

Prints the command of each stage, skips finished stages, resumes interrupted
ones, and ends with a report of images and metrics. The last line printed is a
JSON summary of the metrics.
"""
import argparse
import json
import sys
import time

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main
from wsss_plugins.apis.options import ConfigOptions
from wsss_plugins.pipelines.pipeline import Pipeline
from wsss_plugins.pipelines.runner import PipelineRunner, StageInterrupted
from wsss_plugins.reports.report import pipeline_summary, write_report


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pipeline', help='pipeline file')
    parser.add_argument('--work-dir', help='folder for all outputs')
    parser.add_argument(
        '--from', dest='first', metavar='STAGE', help='first stage to run')
    parser.add_argument(
        '--to', dest='last', metavar='STAGE', help='last stage to run')
    parser.add_argument(
        '--force',
        nargs='+',
        default=[],
        metavar='STAGE',
        help='run these stages again even if they are done, and those that '
        'read their outputs; empties their folders')
    parser.add_argument(
        '--redo-changed',
        action='store_true',
        help='run stages again whose config or inputs have changed, and those '
        'that read their outputs, in place of refusing them')
    parser.add_argument(
        '--dry-run',
        action='store_true',
        help='print the commands only; run and write nothing')
    parser.add_argument(
        '--list', action='store_true', help='list the stages only')
    parser.add_argument(
        '--gpus', type=int, default=1, help='processes for each stage')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=ConfigOptions,
        help='override entries of the pipeline file: key=value')
    return parser.parse_args()


def main() -> int:
    """Run the stages and write the report."""
    args = parse_args()
    started = time.monotonic()
    pipeline = Pipeline(args.pipeline, args.cfg_options, args.work_dir)
    runner = PipelineRunner(pipeline, args.gpus)
    if args.list:
        print('\n'.join(runner.status_lines()))
        return 0
    try:
        runner.run(args.first, args.last, args.force, args.dry_run,
                   args.redo_changed)
    except StageInterrupted as stopped:
        print(stopped, file=sys.stderr)
        return 130
    if args.dry_run:
        return 0
    report = write_report(pipeline)
    print(f'report: {report}')
    summary = pipeline_summary(pipeline, report, time.monotonic() - started)
    print(json.dumps(summary, allow_nan=False))
    return 0


if __name__ == '__main__':
    run_main(main)
