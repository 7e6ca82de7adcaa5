"""Tools as processes that need not import everything again."""
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.util import _exit_function

import torch
from yapf.yapflib import yapf_api

from ...pipelines.forking.parts import import_parts
from ...pipelines.stage import STAGE_KINDS
from ...registry import SCOPE

_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_TICK = .01


def import_all() -> None:
    """Import what tools import, so that forked ones find it there."""
    for kind in STAGE_KINDS.values():
        import_parts(kind.modules, ())
    for scope in ('mmseg', 'mmdet', SCOPE):
        with suppress(ImportError):  # a tool that needs it will say so
            import_parts((), [scope])


class Forked:
    """A function that runs in a forked process, in a session of its own.

    Args:
        function (Callable): Called without arguments; ``SystemExit`` gives
            the exit status, any other exception a traceback and 1.
        log (str | PathLike): Its output is added to this file.
    """

    def __init__(self, function: Callable[[], object],
                 log: str | os.PathLike) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self.status: int | None = None
        # Python swallows what a signal raises while it forks.
        held = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self.pid = os.fork()
        if not self.pid:
            _become(function, log, held)
        signal.pthread_sigmask(signal.SIG_SETMASK, held)

    def poll(self) -> int | None:
        """Exit status, negative for a signal; None while it runs."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def wait(self, seconds: float) -> int | None:
        """Wait for its end; None if it has not come by then."""
        deadline = time.monotonic() + seconds
        while self.poll() is None and time.monotonic() < deadline:
            time.sleep(_TICK)
        return self.status

    def send(self, number: int, group: bool = False) -> None:
        """Send a signal to it, or to all that it started as well."""
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid, number)

    def end(self) -> None:
        """End it with all that it started."""
        self.send(signal.SIGKILL, group=True)
        self.wait(60)


def _become(function: Callable[[], object], log: str | os.PathLike,
            held: set[int]) -> None:
    """Turn the forked process into the run; does not return."""
    status = 1
    try:
        os.setsid()
        gc.freeze()  # to look through all that was imported takes a second
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        _redirect(log)
        # Threads of the parent's pool are not there any more.
        torch.set_num_threads(1)
        # The layout of texts of configs would take longer than all else.
        yapf_api.FormatCode = _as_it_is
        status = _status_of(function)
        _exit_function()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status & 0xff)


def _as_it_is(text: str, **options: object) -> tuple[str, bool]:
    return text, True


def _redirect(log: str | os.PathLike) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for target, source in ((0, null), (1, file), (2, file)):
        os.dup2(source, target)
    # Whatever took their places, as a test runner does.
    sys.stdout = os.fdopen(1, 'w', closefd=False, buffering=1)
    sys.stderr = os.fdopen(2, 'w', closefd=False, buffering=1)


def _status_of(function: Callable[[], object]) -> int:
    try:
        function()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
        return 1
    return 0
