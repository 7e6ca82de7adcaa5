"""How long it will take, and what it needs: before the first stage."""
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from ...pipelines.runner import duration
from ...structures import UserError
from ...workspace.layout import Workspace
from .costs import StageCost

# Bytes of an image: work copy, CAM file, masks of the stages and at full size.
_BYTES = 400_000
# Share of the wanted minutes that the plan leaves unused.
_RESERVE = .05
_FEWEST_STEPS, _MOST_STEPS = 50, 20_000


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


def plan(costs: Sequence[StageCost], images: int, max_iters: int,
         minutes: float | None = None) -> Plan:
    """Expected times; with ``minutes``, steps that fit into them.

    Args:
        costs (Sequence[StageCost]): Of the stages, on this machine.
        images (int): Number of images.
        max_iters (int): Steps of the segmentor's training.
        minutes (float, optional): For the whole.

    Raises:
        UserError: If not even the fewest steps fit, or there is no training
            that could be made longer.
    """
    seconds = {cost.name: cost.fixed + images * cost.image
               + (cost.steps or 0) * cost.step for cost in costs}
    planned = [cost for cost in costs if cost.steps is None]
    if minutes is not None:
        max_iters = _fitting(seconds, planned, images, minutes)
    for cost in planned:
        seconds[cost.name] += max_iters * cost.step
    return Plan(seconds, max_iters)


def _fitting(seconds: dict[str, float], planned: Sequence[StageCost],
             images: int, minutes: float) -> int:
    """Steps that fit into some minutes."""
    if not planned:
        raise UserError(f'--minutes {minutes:g}: this recipe trains no '
                        'segmentor, so its length is not to be chosen; leave '
                        'it out')
    step = sum(cost.step for cost in planned)
    rest = minutes * 60 * (1 - _RESERVE) - sum(seconds.values())
    steps = min(_MOST_STEPS, int(rest / step))
    if steps < _FEWEST_STEPS:
        least = sum(seconds.values()) + _FEWEST_STEPS * step
        raise UserError(
            f'--minutes {minutes:g}: {images} images need at least '
            f'{least / 60 / (1 - _RESERVE):.0f} minutes on this machine')
    return steps


def tell(expected: Plan, workspace: Workspace, images: int) -> None:
    """Print what will run, how long, and how much disk it takes.

    Raises:
        UserError: If the disk has not enough room.
    """
    for name, seconds in expected.seconds.items():
        print(f'  {name:10} about {duration(seconds)}')
    needed, free = images * _BYTES, shutil.disk_usage(workspace.root).free
    steps = (f', {expected.max_iters} training steps'
             if 'train_seg' in expected.seconds else '')
    print(f'{images} images: about {duration(expected.total)} in all{steps}; '
          f'{needed / 1e9:.1f} GB of disk, {free / 1e9:.0f} GB are free')
    if needed > free:
        raise UserError(f'{workspace.root}: {needed / 1e9:.1f} GB are needed, '
                        f'{free / 1e9:.1f} GB are free; choose another disk')
