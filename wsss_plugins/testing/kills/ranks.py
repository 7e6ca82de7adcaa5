"""Stages on several ranks of one machine, without a GPU."""
import os
import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import torch

from ...pipelines.forking.script import run_script
from ...pipelines.pipeline import Pipeline
from . import artifacts
from .campaign import Campaign
from .forked import Forked

_TIMEOUT = 300


def run_ranks(words: Sequence[object], log: Path, count: int = 2,
              trap: Callable[[], None] | None = None) -> list[int | None]:
    """Run a tool as ranks of one group, which start together.

    Args:
        words (Sequence): Script and arguments.
        log (Path): File that their output is added to.
        count (int): Number of ranks.
        trap (Callable, optional): Called first in the process of rank 0.

    Returns:
        list[int | None]: Their exit statuses; None if one had to be stopped.
    """
    port = free_port()
    ranks = [
        Forked(partial(_rank, [*words, '--launcher', 'pytorch'], rank, count,
                       port, None if rank else trap), log)
        for rank in range(count)
    ]
    found = [process.wait(_TIMEOUT) for process in ranks]
    for process in ranks:
        process.end()
    return found


def _rank(words: Sequence[object], rank: int, count: int, port: int,
          trap: Callable[[], None] | None) -> None:
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(count),
        LOCAL_WORLD_SIZE=str(count), MASTER_ADDR='127.0.0.1',
        MASTER_PORT=str(port))
    torch.set_num_threads(1)
    if trap is not None:
        trap()
    run_script(words)


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def compare_stages(campaign: Campaign,
                   count: int = 2) -> Iterator[tuple[str, list[str]]]:
    """Run each test stage of a pipeline on ranks, on the inputs of one.

    Args:
        campaign (Campaign): With an undisturbed run in ``whole``.
        count (int): Number of ranks.

    Yields:
        tuple[str, list[str]]: Name of the stage, and its results that are not
        those of one process.
    """
    whole, work = campaign.folder / 'whole', campaign.folder / 'ranks'
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(whole, work)
    pipeline = Pipeline(str(campaign.path), campaign.options, str(work))
    for stage in pipeline.stages:
        if not stage.traits.tests or not stage.folder.is_dir():
            continue
        shutil.rmtree(stage.folder)
        stage.folder.mkdir()
        log = campaign.folder / f'ranks_{stage.name}.log'
        statuses = run_ranks(pipeline.command(stage)[1:], log, count)
        if any(statuses):
            yield stage.name, [f'statuses {statuses}; see {log}']
        else:
            yield stage.name, artifacts.differences(whole / stage.name,
                                                    stage.folder)
