"""Randomness that does not depend on what ran before."""
import hashlib
import random
from collections.abc import Iterator

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop, Runner
from torch.utils.data import Dataset, get_worker_info

from ...registry import HOOKS
from ...structures import UserError


def number_of(*parts: int) -> int:
    """A number below 2**32 that looks random, the same on every machine."""
    text = ' '.join(map(str, parts)).encode()
    digest = hashlib.blake2b(text, digest_size=4).digest()
    return int.from_bytes(digest, 'little')


class SeedSample:
    """First step of a pipeline: seed by the sample's place in the training.

    Batch b of a loader goes to worker b modulo their number, so that a worker
    knows from the count of its calls which sample it makes.

    Args:
        seed (int): Of the run.
        rank (int): Of the process.
        first_batch (int): Iteration that the loader begins with.
        batch_size (int): Of the loader.
    """

    def __init__(self, seed: int, rank: int, first_batch: int,
                 batch_size: int) -> None:
        self.parts = seed, rank
        self.first_batch = first_batch
        self.batch_size = batch_size
        self.calls = 0

    def __call__(self, results: dict) -> dict:
        """Seed all generators that transforms draw from."""
        worker = get_worker_info()
        ident, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        batch, place = divmod(self.calls, self.batch_size)
        batch = self.first_batch + ident + workers * batch
        self.calls += 1
        number = number_of(*self.parts, batch, place)
        random.seed(number)
        np.random.seed(number)  # noqa: NPY002 (transforms draw from it)
        torch.manual_seed(number)
        return results


@HOOKS.register_module()
class StepSeedHook(Hook):
    """Seed each iteration by its number, and each sample by its place.

    mmengine stores no state of random numbers: after a kill, augmentation and
    dropout draw others than they would have. With this hook and a fixed
    ``randomness.seed`` a run that was killed and resumed is the same run,
    number by number, on the same machine with as many ranks; the number of
    loader workers does not matter. Samples are seeded in an
    ``IterBasedTrainLoop`` only, as others resume between epochs.

    Args:
        seed (int): Defaults to 0.

    Raises:
        UserError: If the data set has no pipeline that samples can be seeded
            in.
    """
    priority = 'LOW'

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def before_train(self, runner: Runner) -> None:
        """Put the seeding before the pipelines of the training data."""
        loop = runner.train_loop
        if not isinstance(loop, IterBasedTrainLoop):
            return
        step = SeedSample(self.seed, get_rank(), runner.iter,
                          loop.dataloader.batch_size)
        found = list(_pipelines(loop.dataloader.dataset))
        if not found:
            raise UserError(
                f'StepSeedHook: {type(loop.dataloader.dataset).__name__} has '
                'no pipeline; take a data set of mmengine, or drop the hook')
        for transforms in found:
            transforms.insert(0, step)

    def before_train_iter(self,
                          runner: Runner,
                          batch_idx: int,
                          data_batch: dict | None = None) -> None:
        """Seed what the network draws from, on all devices."""
        torch.manual_seed(number_of(self.seed, get_rank(), runner.iter))


def _pipelines(dataset: Dataset) -> Iterator[list]:
    """Lists of transforms of a data set and of those that it wraps."""
    pipeline = getattr(dataset, 'pipeline', None)
    if pipeline is not None:
        yield pipeline.transforms
    inner = getattr(dataset, 'dataset', None)
    parts = [] if inner is None else [inner]
    for part in [*parts, *getattr(dataset, 'datasets', ())]:
        yield from _pipelines(part)
