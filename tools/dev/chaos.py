"""Kill pipelines at random moments, and feed tools damaged files.

chaos.py --kills 200
chaos.py --kills 20 --pipelines eps psa --seed 7
chaos.py --inputs 300

Every pipeline is run undisturbed on a small TinyVOC first. Then its runner
and its stages, processes of their own, get SIGKILL, SIGTERM or SIGINT again
and again, and it goes on until it ends. All results must be those of the
undisturbed run, byte by byte. Of damaged inputs each must be refused in one
clear line, or give a result. The exit status is 1 if anything differs.
"""
import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import wsss_plugins  # noqa: F401 (lets configs inherit from mmseg::)
from wsss_plugins.apis.cli import run_main
from wsss_plugins.structures import UserError
from wsss_plugins.testing.kills.campaign import Campaign
from wsss_plugins.testing.kills.short_pipeline import tiny_pipelines


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--kills', type=int, default=0, help='number of kills in all')
    parser.add_argument(
        '--pipelines',
        nargs='+',
        metavar='METHOD',
        help='methods whose pipelines are run (default: all)')
    parser.add_argument('--to', metavar='STAGE', help='last stage to run')
    parser.add_argument(
        '--at-once',
        type=int,
        default=15,
        help='kills after which a pipeline may end and is compared')
    parser.add_argument('--seed', type=int, help='default: drawn')
    parser.add_argument(
        '--work-dir', type=Path, help='kept; default: a temporary folder')
    return parser.parse_args()


def main() -> int:
    """Kill, compare, count."""
    args = parse_args()
    seed = random.randrange(2**32) if args.seed is None else args.seed
    print(f'seed {seed}', flush=True)
    folder = args.work_dir or Path(tempfile.mkdtemp(prefix='chaos-'))
    faults = kill(args, folder.resolve(), seed)
    if faults:
        print(f'{len(faults)} faults; see {folder}')
        return 1
    if args.work_dir is None:
        shutil.rmtree(folder)
    return 0


def kill(args: argparse.Namespace, folder: Path, seed: int) -> list[str]:
    """Kill pipelines in turn; what went wrong."""
    found = tiny_pipelines()
    names = args.pipelines or list(found)
    for name in names:
        if name not in found:
            raise UserError(f'--pipelines {name}: there are '
                            f'{", ".join(found)}')
    faults, total, started = [], 0, time.monotonic()
    for number, name in enumerate(names):
        kills = args.kills // len(names) + (number
                                            < args.kills % len(names))
        rng = random.Random(f'{seed} {name}')
        result = Campaign(found[name], folder / name, rng, args.to,
                          say=_say).run(kills, args.at_once)
        faults += [f'{name}: {line}' for line in result.faults]
        total += result.kills
        _say(f'{name}: {result.kills} kills in {result.rounds} runs, '
             f'{len(result.faults)} faults, undisturbed '
             f'{result.seconds:.0f} s')
        for line in result.faults:
            _say(f'  {line}')
    _say(f'{total} kills over {len(names)} pipelines, {len(faults)} faults, '
         f'{time.monotonic() - started:.0f} s, seed {seed}')
    return faults


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == '__main__':
    sys.argv[0] = str(Path(sys.argv[0]).resolve())
    run_main(main)
