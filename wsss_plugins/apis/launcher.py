"""Start the ranks of a run, as ``torchrun`` does, with an end in one line.

python -m wsss_plugins.apis.launcher --nproc_per_node=2 tools/train.py ...
"""
import logging
import os
import signal
import sys
import tempfile

from .cli import run_main
from .told import TOLD


def run_launcher() -> int:
    """``torchrun``, without tracebacks of its own when a process fails.

    What a process has to say it says itself, and what all of them say is
    said once.

    Returns:
        int: Exit status: that of the first process that failed.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import (
        ChildFailedError,
    )
    from torch.distributed.run import main

    # Which process ended how, which each of them tells in better words.
    logging.disable(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix='wsss_plugins-') as folder:
        os.environ[TOLD] = folder
        try:
            main()
        except ChildFailedError as error:
            return _status(*error.get_first_failure())
        except SignalException as error:
            return 128 + int(error.sigval)
    return 0


def _status(rank: int, failure) -> int:
    """Exit status of a process; one that was killed could not tell why."""
    if failure.exitcode >= 0:
        return failure.exitcode or 1
    name = signal.Signals(-failure.exitcode).name
    hint = '; is there enough memory?' if name == 'SIGKILL' else ''
    print(f'error: process {rank} of this run was ended by {name}{hint}',
          file=sys.stderr)
    return 128 - failure.exitcode


if __name__ == '__main__':
    run_main(run_launcher)
