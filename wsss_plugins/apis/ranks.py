"""How processes of one group end, when one of them does."""
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from torch import distributed

from ..compat import leave_rank
from ..structures import UserError

# What the back ends say when another process has left.
_LOST = ('onnection', 'NCCL', 'gloo', 'peer', 'remote process')


@contextmanager
def among_ranks() -> Iterator[None]:
    """Tell the fault of this process from that of another one.

    The process at fault ends with its own line; the others would end with
    tracebacks of a lost connection.
    """
    try:
        yield
    except UserError:
        raise
    except RuntimeError as error:
        alone = not (distributed.is_available()
                     and distributed.is_initialized())
        if alone or not any(word in str(error) for word in _LOST):
            raise
        print('stopped: another process of this run has ended; see its '
              'message', file=sys.stderr)
        leave_rank(1)


def run_launcher() -> int:
    """``torchrun``, without tracebacks of its own when a process fails.

    Returns:
        int: Exit status: that of the first process that failed.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import (
        ChildFailedError,
    )
    from torch.distributed.run import main

    try:
        main()
    except ChildFailedError as error:
        _, failure = error.get_first_failure()
        return failure.exitcode if failure.exitcode > 0 else 1
    except SignalException as error:
        return 128 + int(error.sigval)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


if __name__ == '__main__':
    sys.exit(run_launcher())
