"""What ``tools/dev/chaos.py`` does with its arguments."""
import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ...structures import UserError
from .bad_inputs import BadInputs
from .campaign import Campaign
from .exact_resume import resumed_differences
from .ranks import compare_stages
from .short_pipeline import tiny_pipelines
from .tiny_training import make_inputs, options_of, training_configs


def run_chaos(args: argparse.Namespace) -> int:
    """Kill, compare, count.

    Args:
        args (argparse.Namespace): Those of ``tools/dev/chaos.py``.

    Returns:
        int: Exit status, 1 if anything differs.

    Raises:
        UserError: If there is no such pipeline.
    """
    seed = random.randrange(2**32) if args.seed is None else args.seed
    print(f'seed {seed}', flush=True)
    folder = args.work_dir or Path(tempfile.mkdtemp(prefix='chaos-'))
    faults = []
    if args.trainings:
        faults += resume(args, folder.resolve(), seed)
    if args.kills:
        faults += in_turn(args, args.kills, folder.resolve(), seed, kill)
    if args.ranks:
        faults += in_turn(args, 0, folder.resolve(), seed, compare)
    if args.inputs:
        faults += in_turn(args, args.inputs, folder.resolve(), seed, spoil)
    if faults:
        print(f'{len(faults)} faults; see {folder}')
        return 1
    if args.work_dir is None:
        shutil.rmtree(folder)
    return 0


def in_turn(args: argparse.Namespace, count: int, folder: Path, seed: int,
            disturb: Callable[..., list[str]]) -> list[str]:
    """Disturb pipelines in turn; what went wrong.

    Args:
        args (argparse.Namespace): Of the command line.
        count (int): Disturbances in all.
        folder (Path): For everything that is written.
        seed (int): Of the random numbers.
        disturb (Callable): :func:`kill` or :func:`spoil`.
    """
    found = tiny_pipelines()
    names = args.pipelines or list(found)
    for name in names:
        if name not in found:
            raise UserError(f'--pipelines {name}: there are '
                            f'{", ".join(found)}')
    faults, started = [], time.monotonic()
    for number, name in enumerate(names):
        share = count // len(names) + (number < count % len(names))
        campaign = Campaign(found[name], folder / name,
                            random.Random(f'{seed} {name}'), args.to, _say)
        wrong = disturb(campaign, share, args)
        for line in wrong:
            _say(f'  FAULT {line}')
        faults += [f'{name}: {line}' for line in wrong]
    _say(f'{disturb.__name__}: {count} over {len(names)} pipelines, '
         f'{len(faults)} faults, {time.monotonic() - started:.0f} s, '
         f'seed {seed}')
    return faults


def resume(args: argparse.Namespace, folder: Path, seed: int) -> list[str]:
    """Kill and resume all trainings on TinyVOC; what went wrong."""
    shutil.rmtree(folder / 'trainings', ignore_errors=True)
    root = make_inputs(folder / 'trainings/data')
    rng, faults = random.Random(f'{seed} trainings'), []
    for config in training_configs():
        options = options_of(config, root, 4)
        for number in range(args.trainings):
            place = folder / 'trainings' / f'{Path(config).stem}_{number}'
            place.mkdir()
            different = resumed_differences(
                place, config, options, 4, rng.randrange(2**32),
                say=lambda line, config=config: _say(f'{config}: {line}'))
            faults += [f'{config}: {name} differs' for name in different]
            shutil.rmtree(place)
    _say(f'trainings: {len(faults)} differences')
    return faults


def kill(campaign: Campaign, count: int,
         args: argparse.Namespace) -> list[str]:
    """Kill a pipeline so often; what went wrong."""
    result = campaign.run(count, args.at_once)
    _say(f'{campaign.name}: {result.kills} kills in {result.rounds} runs, '
         f'{len(result.faults)} faults, undisturbed {result.seconds:.0f} s')
    return result.faults


def spoil(campaign: Campaign, count: int,
          args: argparse.Namespace) -> list[str]:
    """Damage so many inputs of a pipeline's stages; what went wrong."""
    if not campaign.run_undisturbed():
        return campaign.result.faults
    inputs = BadInputs(campaign)
    faults = inputs.run(count)
    _say(f'{campaign.name}: {inputs.count} damaged inputs, {inputs.refused} '
         f'refused, {len(faults)} faults')
    return faults


def compare(campaign: Campaign, count: int,
            args: argparse.Namespace) -> list[str]:
    """Run stages on several ranks; what differs from one process."""
    if not campaign.run_undisturbed():
        return campaign.result.faults
    faults = []
    for stage, different in compare_stages(campaign, args.ranks):
        _say(f'{campaign.name}: {stage} on {args.ranks} ranks: '
             f'{"; ".join(different) or "the same bytes"}')
        faults += [f'{stage}: {line}' for line in different]
    return faults


def _say(line: str) -> None:
    print(line, flush=True)
