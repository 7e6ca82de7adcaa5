"""Whether stages are forked or get new interpreters."""
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ...structures import UserError
from ..starting import Start, start_interpreter
from .client import ForkServer

#: Variable of the environment: ``0`` for a new interpreter for each stage.
VARIABLE = 'WSSS_PLUGINS_FORK'
_CHOICES = {'': True, '1': True, '0': False}


@contextmanager
def stage_starter(modules: Iterable[str],
                  scopes: Iterable[str]) -> Iterator[Start]:
    """The way to start stages, for as long as they run.

    Args:
        modules (Iterable[str]): Names of modules that stages import.
        scopes (Iterable[str]): Packages whose parts they name.

    Yields:
        Callable: As :func:`..starting.start_interpreter`.

    Raises:
        UserError: If the variable ``WSSS_PLUGINS_FORK`` is neither 0 nor 1.
    """
    if may_fork():
        with ForkServer(list(modules), list(scopes)) as server:
            yield server.start
    else:
        yield start_interpreter


def may_fork() -> bool:
    """Whether it was not refused, and this system can do it.

    Raises:
        UserError: If the variable ``WSSS_PLUGINS_FORK`` is neither 0 nor 1.
    """
    return _asked() and _possible()


def _asked() -> bool:
    text = os.environ.get(VARIABLE, '')
    if text not in _CHOICES:
        raise UserError(f'{VARIABLE}={text}: write 1 for stages that share '
                        'their imports, 0 for a new interpreter each')
    return _CHOICES[text]


def _possible() -> bool:
    """Whether this system can; that of a Mac does not bear forking."""
    if sys.platform != 'linux' or not hasattr(os, 'pidfd_open'):
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False  # an old kernel, or a sandbox
    return True
