"""Batches that are the same whether a training was killed or not."""
import hashlib
import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.runner import Runner
from torch.utils.data import DataLoader, Dataset

from ..structures import UserError

_EPOCH = 'epoch_began'


def number_of(*parts: int) -> int:
    """A number below 2**32 that looks random, the same on every machine."""
    text = ' '.join(map(str, parts)).encode()
    digest = hashlib.blake2b(text, digest_size=4).digest()
    return int.from_bytes(digest, 'little')


def seed_all(number: int) -> None:
    """Seed all generators that transforms and networks draw from."""
    random.seed(number)
    np.random.seed(number)  # noqa: NPY002 (transforms draw from it)
    torch.manual_seed(number)


def note_epoch(runner: Runner) -> None:
    """Remember, in checkpoints too, with which iteration an epoch began."""
    if batches_done(runner) == 0:
        runner.message_hub.update_info(_EPOCH, [runner.epoch, runner.iter])


def batches_done(runner: Runner) -> int:
    """How many batches of the present epoch a resumed training has seen."""
    epoch, began = runner.message_hub.runtime_info.get(_EPOCH, (-1, 0))
    return runner.iter - began if epoch == runner.epoch else 0


class SeededIndex(NamedTuple):
    """What a data set is asked for, and the seed of that sample."""
    index: Any
    number: int


class SeededDataset(Dataset):
    """A data set that seeds before it makes a sample.

    In everything else it is the data set: hooks read and set its attributes.

    Args:
        inner (Dataset): With items by index.
    """

    def __init__(self, inner: Dataset) -> None:
        vars(self)['inner'] = inner

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, SeededIndex):
            seed_all(key.number)
            key = key.index
        return self.inner[key]

    def __len__(self) -> int:
        return len(self.inner)

    def __getattr__(self, name: str) -> Any:
        if name == 'inner' or name.startswith('__'):
            raise AttributeError(name)
        return getattr(self.inner, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.inner, name, value)


class SeededBatches:
    """A batch sampler that gives each sample its seed.

    The seed depends on the seed of the run, the iteration, and the sample's
    place in the batch over all ranks: neither on workers nor on what ran
    before.

    Args:
        inner (Iterable): Batch sampler of any kind.
        seed (int): Of the run.
        rank (int): Of the process.
        world (int): Number of ranks.
        first (Callable): Gives the iteration of the first batch, when an
            epoch begins.
        skipped (Callable): Gives the number of batches to leave out then.
        endless (bool): Begin again at the end, with the sampler's next epoch.
    """

    def __init__(self, inner: Iterable[list], seed: int, rank: int,
                 world: int, first: Callable[[], int],
                 skipped: Callable[[], int], endless: bool) -> None:
        self.inner = inner
        self.parts = seed, rank, world
        self.first = first
        self.skipped = skipped
        self.endless = endless

    def __iter__(self) -> Iterator[list[SeededIndex]]:
        batches = self._again_and_again() if self.endless else self.inner
        rest = itertools.islice(batches, self.skipped(), None)
        for step, batch in enumerate(rest, self.first()):
            yield [SeededIndex(index, self._number(step, place))
                   for place, index in enumerate(batch)]

    def _again_and_again(self) -> Iterator[list]:
        for epoch in itertools.count(1):
            count = 0
            for batch in self.inner:
                count += 1
                yield batch
            if not count:
                raise UserError('train_dataloader: its sampler gives no '
                                'batches; is the data set empty?')
            sampler = getattr(self.inner, 'sampler', None)
            if hasattr(sampler, 'set_epoch'):
                sampler.set_epoch(epoch)

    def _number(self, step: int, place: int) -> int:
        seed, rank, world = self.parts
        return number_of(seed, 0, step, place * world + rank)

    def __len__(self) -> int:
        return len(self.inner)

    def __getattr__(self, name: str) -> Any:
        if name == 'inner' or name.startswith('__'):
            raise AttributeError(name)
        return getattr(self.inner, name)


class Batches:
    """Takes the place of the iterator of an ``IterBasedTrainLoop``.

    That of mmengine, when resumed, skips batches that the seeded sampler has
    left out already, by one way or another, and may have read batches before
    the seeds were there.

    Args:
        loader (DataLoader): Whose sampler begins with the next iteration.
        ignored (int): How many calls the loop makes for batches of the past.
    """

    def __init__(self, loader: DataLoader, ignored: int) -> None:
        self.loader = loader
        self.ignored = ignored
        self._iterator: Iterator | None = None

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> Any:
        if self.ignored:
            self.ignored -= 1
            return None
        if self._iterator is None:
            self._iterator = iter(self.loader)
        return next(self._iterator)

    def skip_iter(self, num_iters: int) -> None:
        """Called by the maintained mmengine; there is nothing to skip."""


def seed_loader(loader: DataLoader, **options: Any) -> None:
    """Give a loader's samples their seeds, in place.

    Args:
        loader (DataLoader): With batches by index.
        options: Of :class:`SeededBatches`, without ``inner``.
    """
    # torch forbids to set these by name; hooks of OpenMMLab know this loader,
    # so that another one in its place would not do.
    vars(loader)['dataset'] = SeededDataset(loader.dataset)
    vars(loader)['batch_sampler'] = SeededBatches(loader.batch_sampler,
                                                  **options)
    if loader.persistent_workers:
        loader._iterator = None


def rewind(batches: Iterable[list], seed: int | None = None) -> None:
    """Let samplers of OpenMMLab begin at their beginning.

    The original mmengine reads ahead as soon as the loop is built, before
    anybody knows where the training goes on.

    Args:
        batches (Iterable): Batch sampler.
        seed (int, optional): Seed of the sampler, if it is to change.
    """
    for bucket in getattr(batches, '_aspect_ratio_buckets', ()):
        bucket.clear()
    sampler = getattr(batches, 'sampler', None)
    if seed is not None and hasattr(sampler, 'seed'):
        sampler.seed = seed
    if hasattr(sampler, '_indices_of_rank') and hasattr(sampler, 'indices'):
        sampler.indices = sampler._indices_of_rank()
