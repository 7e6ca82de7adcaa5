"""Run a pipeline: all stages of a method, from data to a report.

Prints the command of each stage, skips stages that are done, resumes what was
cut off, and ends with a page of pictures and numbers. The last line is a JSON
summary of the metrics.
"""
import argparse
import json
import time

from mmengine.config import DictAction

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main
from wsss_plugins.apis.pipeline import Pipeline
from wsss_plugins.apis.pipeline_runner import PipelineRunner
from wsss_plugins.apis.report import collect_metrics, write_report


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('pipeline', help='pipeline file')
    parser.add_argument('--work-dir', help='folder for everything it makes')
    parser.add_argument('--from', dest='first', help='first stage to run')
    parser.add_argument('--to', dest='last', help='last stage to run')
    parser.add_argument(
        '--force',
        nargs='+',
        default=[],
        metavar='STAGE',
        help='run these stages although they are done')
    parser.add_argument(
        '--dry-run', action='store_true', help='only print the commands')
    parser.add_argument(
        '--gpus', type=int, default=1, help='processes for each stage')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override entries of the pipeline file: key=value')
    return parser.parse_args()


def main() -> None:
    """Run the stages and write the report."""
    args = parse_args()
    started = time.time()
    pipeline = Pipeline(args.pipeline, args.cfg_options, args.work_dir)
    runner = PipelineRunner(pipeline, args.gpus)
    runner.run(args.first, args.last, args.force, args.dry_run)
    if args.dry_run:
        return
    report = write_report(pipeline)
    summary = dict(
        pipeline=pipeline.cfg.title,
        work_dir=str(pipeline.work_dir),
        report=str(report),
        stages=collect_metrics(pipeline),
        seconds=round(time.time() - started, 1))
    print(json.dumps(summary))


if __name__ == '__main__':
    run_main(main)
