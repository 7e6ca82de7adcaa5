"""How processes of one group end, when one of them does."""
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
