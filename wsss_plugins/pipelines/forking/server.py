"""The server: a process that imports what stages need, and forks.

It computes nothing, since threads that compute do not come along when a
process forks. It ends when the runner closes its line, or is no more.
"""
import gc
import os
import signal
import sys
from multiprocessing.connection import Connection, wait

from mmengine.device import get_device

from .child import run_job
from .job import Job
from .parts import import_parts

_PATIENCE = 20  # seconds that a forked process may need to end


def main() -> None:
    """Serve; in a forked process, run its stage."""
    with Connection(int(sys.argv[1])) as line:
        job = _serve(line)
    if job is not None:
        run_job(job)


def _serve(line: Connection) -> Job | None:
    """Fork whenever a job comes.

    Returns:
        Job, optional: In a forked process: what it is to run.
    """
    try:
        line.send(_prepare(*line.recv()))
        while True:
            order = line.recv()
            if not isinstance(order, Job):
                line.send(_status(order))
                continue
            order.receive_files(line)
            if not os.fork():
                return order
            order.close_files()
    except (EOFError, OSError):
        return None


def _prepare(modules: list[str], scopes: list[str]) -> bool:
    """Import; whether processes may be forked afterwards."""
    # To look for a GPU may have begun to use it, which does not bear forking.
    if get_device() != 'cpu':
        return False
    try:
        import_parts(modules, scopes)
    except Exception:
        return False  # a stage that needs it will say why
    # Memory that no garbage collection touches stays shared.
    gc.freeze()
    return _forks_end()


def _forks_end() -> bool:
    """Whether a forked process that does nothing comes to its end.

    Threads that libraries have started do not come along, and what waits for
    them at the end of a process waits forever.
    """
    pid = os.fork()
    if not pid:
        sys.exit()
    handle = os.pidfd_open(pid)
    if not wait([handle], _PATIENCE):
        os.kill(pid, signal.SIGKILL)
    os.close(handle)
    return _status(pid) == 0


def _status(pid: int) -> int:
    """Exit status of a stage that has ended; negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
