"""A training that is killed once and resumed, beside an undisturbed one."""
import random
import signal
from collections.abc import Callable
from pathlib import Path

from . import traps
from .checkpoint_diff import differences
from .tiny_training import finish, last_checkpoint, train

_POINTS = ('before_train_iter', 'after_train_iter', 'before_save_checkpoint')
_SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM)


def resumed_differences(folder: Path, config: str,
                        options: dict[str, object], iterations: int,
                        seed: int, trap: Callable[[], None] | None = None,
                        say: Callable[[str], None] = print) -> list[str]:
    """Kill a training at a random step, resume it, and compare the end.

    Args:
        folder (Path): For work dirs and logs.
        config (str): Path below ``configs/``, or absolute.
        options (dict): Of :func:`.tiny_training.options_of`.
        iterations (int): How many iterations it has.
        seed (int): Draws step, point and signal.
        trap (Callable, optional): Called first in each process.
        say (Callable): Called with a line about the kill.

    Returns:
        list[str]: Names of values in which the two last checkpoints differ.

    Raises:
        AssertionError: If a training does not end as it should.
    """
    rng = random.Random(seed)
    step, point = rng.randrange(iterations), rng.choice(_POINTS)
    number = rng.choice(_SIGNALS)
    say(f'seed {seed}: {number.name} at {point}, iteration {step}')

    def both() -> None:
        if trap is not None:
            trap()
        traps.kill_at_hook(point, step, number)

    whole, killed = folder / 'whole', folder / 'killed'
    undisturbed = train(config, whole, options, trap)
    finish(train(config, killed, options, both), killed,
           128 + number if number == signal.SIGTERM else -number)
    finish(train(config, killed, options, trap, resume=True), killed)
    finish(undisturbed, whole)
    one, other = last_checkpoint(whole), last_checkpoint(killed)
    if one.name != other.name:
        return [f'{other.name} in place of {one.name}']
    return differences(one, other)
