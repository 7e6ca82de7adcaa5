"""Stages that a server starts, seen from the runner."""
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import BinaryIO

from ..starting import StageProcess, environment, start_interpreter
from .job import Job

# Not the working folder, in which stages do not look for modules first.
_PROGRAM = ('import gc, sys; gc.disable(); '
            '"" in sys.path[:1] and sys.path.pop(0); '
            f'from {__package__}.server import main; main()')
_IMPATIENCE = .25  # seconds that a process has after Ctrl-C came again


class ForkedStage:
    """The process of a stage that a server started.

    Args:
        command (list[str]): Its words.
        pid (int): Its number.
        output (BinaryIO): What it prints, to be read.
        server (Connection): Line to the server.
    """

    def __init__(self, command: list[str], pid: int, output: BinaryIO,
                 server: Connection) -> None:
        self.args, self.pid, self.stdout = command, pid, output
        self.returncode: int | None = None
        self._server = server
        self._handle = os.pidfd_open(pid)

    def __enter__(self) -> 'ForkedStage':
        return self

    def __exit__(self, kind: type[BaseException] | None,
                 *error: object) -> None:
        self.stdout.close()
        # As Popen: who is impatient need not wait for it.
        patience = _IMPATIENCE if kind is KeyboardInterrupt else None
        with suppress(subprocess.TimeoutExpired):
            self.wait(patience)
        os.close(self._handle)

    def wait(self, timeout: float | None = None) -> int:
        """Exit status; ``subprocess.TimeoutExpired`` if it does not end."""
        if self.returncode is None:
            if not wait([self._handle], timeout):
                raise subprocess.TimeoutExpired(self.args, timeout)
            self.returncode = self._ask()
        return self.returncode

    def _ask(self) -> int:
        try:
            self._server.send(self.pid)
            return self._server.recv()
        except (EOFError, OSError):
            # Nobody knows how it ended, so it does not count as a success.
            return -signal.SIGKILL
        except BaseException:
            self._server.close()  # an answer to no question may be in it
            raise


class ForkServer:
    """Starts stages from a process that has imported what they need.

    That process is started with the first stage, and again when what
    stages inherit has changed. Commands that are no Python script, and all
    of them if the server cannot do its work, get new interpreters.

    Args:
        modules (Sequence[str]): Names of modules that stages import.
        scopes (Sequence[str]): Packages whose parts they name.
    """

    def __init__(self, modules: Sequence[str],
                 scopes: Sequence[str]) -> None:
        self._wanted = list(modules), list(scopes)
        self._process: subprocess.Popen | None = None
        self._inherited: tuple = ()
        self._able = True

    def __enter__(self) -> 'ForkServer':
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def start(self, command: list[str], folder: Path,
              descriptors: Sequence[int] = ()) -> StageProcess:
        """As :func:`..starting.start_interpreter`."""
        if _is_script(command, folder) and self._ready(folder):
            try:
                return self._fork(command, folder, descriptors)
            except (EOFError, OSError):
                self.close()
            except BaseException:
                self.close()
                raise
        return start_interpreter(command, folder, descriptors)

    def close(self) -> None:
        """End the server; a stage that it started goes on."""
        if self._process is not None:
            self._line.close()
            self._process.kill()
            self._process.wait()
            self._process = None

    def _ready(self, folder: Path) -> bool:
        """Whether a server is there to fork."""
        inherited = (environment(), folder, os.sched_getaffinity(0))
        if inherited != self._inherited:
            self.close()
        if self._able and self._process is None:
            self._inherited = inherited
            self._able = False
            try:
                self._able = self._launch(folder)
            finally:
                if not self._able:
                    self.close()
        return self._able

    def _launch(self, folder: Path) -> bool:
        """Start a server; whether it can do its work."""
        self._line, theirs = multiprocessing.Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, '-c', _PROGRAM, str(theirs.fileno())],
                cwd=folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True)
        try:
            self._line.send(self._wanted)
            return self._line.recv()
        except (EOFError, OSError):
            return False

    def _fork(self, command: list[str], folder: Path,
              descriptors: Sequence[int]) -> ForkedStage:
        """Have a stage forked; it waits for a word that it is known here."""
        line, theirs = multiprocessing.Pipe()
        reader, writer = os.pipe()
        with line, ExitStack() as on_error:
            output = on_error.enter_context(open(reader, 'rb'))
            with theirs, open(writer, 'wb'), _standard_input() as source:
                Job(command[1:], str(folder), environment(),
                    [source.fileno(), writer, theirs.fileno(),
                     *descriptors]).send(self._line)
            stage = ForkedStage(command, line.recv(), output, self._line)
            line.send(None)
            on_error.pop_all()
        return stage


def _standard_input() -> BinaryIO:
    """That of this process, if it has one."""
    try:
        return open(os.dup(0), 'rb', buffering=0)
    except OSError:
        return open(os.devnull, 'rb', buffering=0)


def _is_script(command: list[str], folder: Path) -> bool:
    """Whether a command runs a file of Python by this interpreter."""
    return (command[0] == sys.executable and len(command) > 1
            and command[1].endswith('.py') and Path(folder,
                                                    command[1]).is_file())
