"""Randomness that does not depend on what ran before."""
from mmengine.dist import get_rank, get_world_size
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop, Runner
from torch.utils.data import IterableDataset

from ...compat import loop_discards_batches
from ...registry import HOOKS
from ..exact_batches import (
    Batches,
    SeededBatches,
    batches_done,
    note_epoch,
    number_of,
    rewind,
    seed_all,
    seed_loader,
)


@HOOKS.register_module()
class StepSeedHook(Hook):
    """Seed each iteration by its number, and each sample by its place.

    mmengine stores no state of random numbers: after a kill, augmentation and
    dropout draw others than they would have. With this hook a run that was
    killed and resumed is the same run, number by number, on the same machine
    with as many ranks; the number of loader workers does not matter. It goes
    with every loader of batches by index, whatever its batch sampler, and
    with loops by iterations and by epochs.

    On GPUs, cuDNN may still add in another order; ``randomness`` has
    ``deterministic=True`` for that.

    Args:
        seed (int, optional): Defaults to the run's own, which checkpoints
            keep (``randomness.seed``, or what was drawn without it).
    """
    priority = 'LOW'

    def __init__(self, seed: int | None = None) -> None:
        self.seed = seed

    def before_run(self, runner: Runner) -> None:
        """Note the seed that the sampler was built with."""
        self._drawn = runner.seed

    def before_train(self, runner: Runner) -> None:
        """Put the seeds into the loader, at the place to go on from."""
        if self.seed is None:
            self.seed = runner.seed
        loop = runner.train_loop
        loader = loop.dataloader
        if isinstance(loader.batch_sampler, SeededBatches):
            return  # another hook of this type did it
        if loader.batch_sampler is None or isinstance(loader.dataset,
                                                      IterableDataset):
            runner.logger.warning(
                'StepSeedHook: this loader gives no batches by index, so its '
                'data are not repeated after a kill')
            return
        sampler = getattr(loader.batch_sampler, 'sampler', None)
        changed = (runner.seed != self._drawn
                   and getattr(sampler, 'seed', None) == self._drawn)
        rewind(loader.batch_sampler, runner.seed if changed else None)
        by_iterations = isinstance(loop, IterBasedTrainLoop)
        seed_loader(loader, seed=self.seed, rank=get_rank(),
                    world=get_world_size(), first=lambda: runner.iter,
                    skipped=_skipped(runner, by_iterations),
                    endless=by_iterations)
        if by_iterations:
            loop.dataloader_iterator = Batches(
                loader, runner.iter if loop_discards_batches() else 0)

    def before_train_epoch(self, runner: Runner) -> None:
        """Remember where the epoch began."""
        note_epoch(runner)

    def before_train_iter(self,
                          runner: Runner,
                          batch_idx: int,
                          data_batch: dict | None = None) -> None:
        """Seed what the network draws from, on all devices."""
        seed_all(number_of(self.seed, get_rank(), runner.iter))


def _skipped(runner: Runner, by_iterations: bool):
    """Number of batches that the loader leaves out, asked when it begins."""
    if by_iterations:
        return lambda: runner.iter
    return lambda: batches_done(runner)


