"""Points at which a process kills itself, as if from outside."""
import os
import signal
import sys
from collections.abc import Callable

from mmengine.runner import Runner

# What changes files, by the names of the interpreter's audit events.
_CHANGES = ('os.rename', 'os.remove', 'os.mkdir', 'os.rmdir', 'os.truncate',
            'shutil.rmtree')


def kill_at_hook(point: str, iteration: int,
                 number: int = signal.SIGKILL) -> None:
    """Kill this process when a runner calls its hooks at a point.

    Args:
        point (str): Such as ``'before_train_iter'``.
        iteration (int): Which is done or under way then, from 0.
        number (int): The signal.
    """
    call = Runner.call_hook

    def watched(runner: Runner, name: str, *args, **kwargs) -> None:
        if name == point and runner.iter == iteration:
            os.kill(os.getpid(), number)
        call(runner, name, *args, **kwargs)

    Runner.call_hook = watched


def kill_at_file(count: int, number: int = signal.SIGKILL,
                 inside: str = '') -> None:
    """Kill this process before it changes a file for the n-th time.

    To open for writing, rename, remove, make and clear are changes; those of
    processes that it starts do not count.

    Args:
        count (int): Which change, from 1.
        number (int): The signal.
        inside (str): Text that must be in the path.
    """
    _on_change(count, inside, lambda: os.kill(os.getpid(), number))


def record_reads(root: str | os.PathLike, out: str | os.PathLike) -> None:
    """Write down which files this process and its workers read.

    Args:
        root (str | PathLike): Only files below this folder count.
        out (str | PathLike): The file ``OUT.PID`` gets a path on each line.
    """
    inside, process = f'{os.path.abspath(root)}/', os.getpid()
    handle = os.open(f'{out}.{process}', os.O_WRONLY | os.O_CREAT
                     | os.O_APPEND, 0o644)

    def watch(event: str, arguments: tuple) -> None:
        if event != 'open' or _is_change(event, arguments):
            return
        path = arguments[0]
        if isinstance(path, (str, os.PathLike)):
            path = os.path.abspath(path)
            if path.startswith(inside):
                os.write(handle, f'{path}\n'.encode())

    sys.addaudithook(watch)


def _on_change(count: int, inside: str, act: Callable[[], None]) -> None:
    left, process = count, os.getpid()

    def watch(event: str, arguments: tuple) -> None:
        nonlocal left
        if not _is_change(event, arguments) or os.getpid() != process:
            return
        paths = [str(a) for a in arguments
                 if isinstance(a, (str, os.PathLike))]
        if inside and not any(inside in path for path in paths):
            return
        left -= 1
        if left == 0:
            act()

    sys.addaudithook(watch)


def _is_change(event: str, arguments: tuple) -> bool:
    if event == 'open':
        mode, flags = arguments[1], arguments[2]
        if isinstance(mode, str):
            return bool(set(mode) & set('wax+'))
        return bool((flags or 0) & (os.O_WRONLY | os.O_RDWR))
    return event in _CHANGES
