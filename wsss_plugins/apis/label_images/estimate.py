"""How long all stages will take, and what else they need."""
import resource
import shutil
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...pipelines.durations import duration
from ...structures import UserError
from ...workspace.layout import Workspace
from .costs import StageCost

#: The training whose length is chosen.
TRAINING = 'train_seg'
#: What comes behind the stages: masks at full size, suspicion, the report.
REPORT = 'report'
_REPORT_START, _REPORT_IMAGE = 3., .05
# Bytes of an image beyond its work copy: CAMs, masks of stages, at full size.
_BYTES = 150_000
# Bytes of networks, their checkpoints and the report.
_MODELS = 150_000_000
# Share of the wanted minutes that the plan leaves unused.
_RESERVE = .05
_FEWEST_STEPS, _MOST_STEPS = 50, 20_000
# A data worker, and what a stage holds beside what was tried here.
_WORKERS = 800_000_000


@dataclass(frozen=True)
class Plan:
    """Expected seconds of each stage.

    Attributes:
        seconds (dict[str, float]): By name of the stage, in order.
        max_iters (int): Steps of the segmentor's training.
    """
    seconds: dict[str, float]
    max_iters: int

    @property
    def total(self) -> float:
        """Seconds of all stages."""
        return sum(self.seconds.values())


def fitting_steps(images: int) -> int:
    """Steps of a training of the segmentor on so many images."""
    return min(2000, max(150, round(.6 * images)))


def plan(costs: Sequence[StageCost], images: int, max_iters: int) -> Plan:
    """Expected times of stages.

    Args:
        costs (Sequence[StageCost]): Of the stages, in order.
        images (int): Number of images.
        max_iters (int): Steps of the trainings that are planned.
    """
    seconds = {
        cost.name: cost.fixed + images * cost.image + cost.step * (
            max_iters if cost.steps is None else cost.steps)
        for cost in costs
    }
    seconds[REPORT] = _REPORT_START + images * _REPORT_IMAGE
    return Plan(seconds, max_iters)


def steps_within(seconds: float, costs: Sequence[StageCost],
                 images: int) -> int:
    """Steps of the planned trainings that fit into a time.

    Args:
        seconds (float): For these stages.
        costs (Sequence[StageCost]): Those that are to run.
        images (int): Number of images.

    Returns:
        int: 0 or less if not even one fits.

    Raises:
        UserError: If there is no training that could be made longer.
    """
    step = sum(cost.step for cost in costs if cost.steps is None)
    if not step:
        raise UserError('--minutes: this recipe trains no segmentor, so its '
                        'length is not to be chosen; leave it out')
    rest = seconds * (1 - _RESERVE) - plan(costs, images, 0).total
    return min(_MOST_STEPS, int(rest / step))


def first_steps(minutes: float, passed: float, costs: Sequence[StageCost],
                images: int) -> int:
    """Steps that fit into the time of a whole run, before it begins.

    Args:
        minutes (float): For the whole.
        passed (float): Seconds that are gone already.
        costs (Sequence[StageCost]): Of all stages.
        images (int): Number of images.

    Raises:
        UserError: If not even the fewest steps fit.
    """
    steps = steps_within(minutes * 60 - passed, costs, images)
    if steps < _FEWEST_STEPS:
        least = passed + plan(costs, images, _FEWEST_STEPS).total / (
            1 - _RESERVE)
        raise UserError(f'--minutes {minutes:g}: {images} images need at '
                        f'least {least / 60:.0f} minutes on this machine')
    return steps


def last_steps(seconds: float, costs: Sequence[StageCost],
               images: int) -> int:
    """Steps that fit into what is left, before the training begins.

    Never fewer than make a segmentor at all: the stages before are done.
    """
    return max(_FEWEST_STEPS, steps_within(seconds, costs, images))


def tell(expected: Plan, names: Collection[str], memory: int,
         workspace: Workspace, images: int) -> None:
    """Print what will run, how long, and what it needs.

    Args:
        expected (Plan): Of all stages.
        names (Collection[str]): Of the stages that are to run.
        memory (int): Bytes that the largest stage needs.
        workspace (Workspace): Where to.
        images (int): Number of images.

    Raises:
        UserError: If the disk has not enough room.
    """
    coming = {name: seconds for name, seconds in expected.seconds.items()
              if name in names or name == REPORT}
    print('will run:')
    for name, seconds in coming.items():
        steps = f', {expected.max_iters} steps' * (name == TRAINING)
        print(f'  {name:10} about {duration(seconds)}{steps}')
    disk = disk_needed(workspace, images,
                       len(coming) / len(expected.seconds))
    print(f'{images} images: about {duration(sum(coming.values()))} in all, '
          f'{memory / 1e9:.1f} GB of memory{_available(memory)}, {disk}',
          flush=True)


def disk_needed(workspace: Workspace, images: int, share: float = 1.) -> str:
    """How much of the disk is needed, in words.

    Args:
        workspace (Workspace): Where to.
        images (int): Number of images.
        share (float): Of the stages, that are to run.

    Raises:
        UserError: If it has not enough room.
    """
    needed = share * (images * _BYTES + _MODELS)
    free = shutil.disk_usage(workspace.root).free
    if needed > free:
        raise UserError(f'{workspace.root}: {needed / 1e9:.2f} GB are needed, '
                        f'{free / 1e9:.2f} GB are free; make room, or choose '
                        'another disk')
    return f'{needed / 1e9:.1f} GB of disk ({free / 1e9:.0f} GB free)'


def memory_needed() -> int:
    """Bytes that a stage needs, once the largest step was tried here."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == 'darwin' else 1024) + _WORKERS


def _available(needed: int) -> str:
    """How that compares with what there is, where the system tells it."""
    try:
        lines = Path('/proc/meminfo').read_text().splitlines()
    except OSError:
        return ''
    found = dict(line.split(':') for line in lines)
    free = int(found['MemAvailable'].split()[0]) * 1024
    if needed > free:
        return (f' (only {free / 1e9:.1f} GB are free: close other programs, '
                'or choose a smaller --max-side)')
    return f' ({free / 1e9:.0f} GB free)'
