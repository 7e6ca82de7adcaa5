"""A stage as a process: its output is shown and logged; it can be ended."""
import codecs
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .progress import Everything

# What a scheduler or a closed terminal sends.
_ENDING = (signal.SIGTERM, signal.SIGHUP)
_PATIENCE = 10  # seconds that a process has to end after it was asked to


def run_logged(command: list[str], log: Path, folder: Path,
               descriptors: Sequence[int] = (),
               display: Everything | None = None) -> int:
    """Run a command; its output is shown, and goes to a file.

    Args:
        command (list[str]): Its words.
        log (Path): File that the output is added to.
        folder (Path): Working folder of the process.
        descriptors (Sequence[int]): Open files that it inherits.
        display (Everything, optional): Shows the output. Defaults to one
            that shows all of it.

    Returns:
        int: Exit status; a negative signal number if it was killed.

    Raises:
        KeyboardInterrupt: If the user stopped it, by Ctrl-C, SIGTERM or
            SIGHUP. It has ended then, as after any other exception.
    """
    with ended_as_interrupted(), subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=descriptors,
            start_new_session=True) as process:
        try:
            with open(log, 'ab') as file:
                _tee(process, file, display or Everything())
            return process.wait()
        except BaseException:
            stop_process(process)
            raise


@contextmanager
def ended_as_interrupted() -> Iterator[None]:
    """Have SIGTERM and SIGHUP do what Ctrl-C does.

    In the main thread only, as Python asks; elsewhere nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # nohup has SIGHUP ignored: so it stays.
    old = {number: signal.signal(number, signal.default_int_handler)
           for number in _ENDING
           if signal.getsignal(number) is not signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def _environment() -> dict[str, str]:
    """That of this process, for a stage."""
    # Launchers look for python in PATH: take this environment's.
    path = os.pathsep.join(
        [os.path.dirname(sys.executable), os.environ.get('PATH', '')])
    # Threads that spin while they wait take the cores from each other when a
    # machine has other work as well: features of an image took 20 times
    # longer.
    return {'OMP_WAIT_POLICY': 'PASSIVE', **os.environ,
            'PYTHONUNBUFFERED': '1', 'PATH': path}


def _tee(process: subprocess.Popen, log: BinaryIO,
         display: Everything) -> None:
    decoder = codecs.getincrementaldecoder('utf-8')('replace')
    while chunk := process.stdout.read1():
        log.write(chunk)
        log.flush()
        display.add(decoder.decode(chunk))


def stop_process(process: subprocess.Popen) -> None:
    """End a process with all that it started, politely first.

    Args:
        process (Popen): In a session of its own. What was started in the
            background of a script ignores an interrupt.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        try:
            # Its own session, so the group is its alone.
            os.killpg(process.pid, number)
            process.wait(_PATIENCE)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def ending(status: int) -> str:
    """How a process ended that did not succeed, as a part of a sentence."""
    if status > 0:
        return f'failed with status {status}'
    name = signal.Signals(-status).name
    hint = ' (out of memory?)' if name == 'SIGKILL' else ''
    return f'was killed by {name}{hint}'
