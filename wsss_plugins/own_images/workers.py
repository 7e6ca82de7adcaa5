"""Work on many files in parallel processes, with a bar."""
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, TypeVar

from tqdm import tqdm

from ..structures import UserError

Item, Result = TypeVar('Item'), TypeVar('Result')
# Fewer items are done before other processes would have started.
_FEW = 64
_CHUNK = 8
_SHARED: list = []


def default_workers() -> int:
    """As many processes as cores that this one may use."""
    return len(os.sched_getaffinity(0)) if hasattr(
        os, 'sched_getaffinity') else os.cpu_count() or 1


def run_parallel(function: Callable[..., Result], items: Sequence[Item],
                 what: str, workers: int | None = None,
                 shared: Sequence = ()) -> Iterator[Result]:
    """Results of a function, in the order of its arguments.

    Args:
        function (Callable): Of a module; it uses no threads.
        items (Sequence): Its last arguments.
        what (str): For the bar.
        workers (int, optional): Processes; 0 or 1: this one. Defaults to one
            for each core.
        shared (Sequence): Its first arguments, always the same: each process
            gets them once.

    Raises:
        UserError: If a process was ended from outside.
    """
    workers = default_workers() if workers is None else workers
    bar = dict(desc=what, total=len(items), disable=len(items) < _FEW)
    if workers < 2 or len(items) < _FEW:
        yield from tqdm(map(partial(function, *shared), items), **bar)
        return
    # Forks start at once, and need no guard in a script that calls this.
    context = multiprocessing.get_context(
        'fork' if sys.platform == 'linux' else None)
    pool = ProcessPoolExecutor(min(workers, len(items)), context,
                               initializer=_keep, initargs=shared)
    try:
        yield from tqdm(pool.map(partial(_call, function), items,
                                 chunksize=_CHUNK), **bar)
    except BrokenProcessPool:
        raise UserError(f'{what}: a process was ended, perhaps for want of '
                        'memory; use fewer workers') from None
    finally:
        pool.shutdown(cancel_futures=True)


def _keep(*shared: Any) -> None:
    """Keep what a process gets once."""
    _SHARED[:] = shared


def _call(function: Callable[..., Result], item: Item) -> Result:
    return function(*_SHARED, item)
