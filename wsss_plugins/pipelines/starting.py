"""How a stage gets its process: from a new interpreter."""
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol


class StageProcess(Protocol):
    """What is asked of the process of a stage: a part of ``Popen``.

    It leads a session of its own and is a context manager that waits for its
    end.

    Attributes:
        pid (int): Its number, and that of its group.
        stdout (BinaryIO): Its output and errors, to be read.
    """
    pid: int
    stdout: BinaryIO

    def __enter__(self) -> 'StageProcess':
        ...

    def __exit__(self, *error: object) -> None:
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Exit status; ``subprocess.TimeoutExpired`` if it does not end."""


#: Of command, working folder, and descriptors that the process inherits.
Start = Callable[[list[str], Path, Sequence[int]], StageProcess]


def start_interpreter(command: list[str], folder: Path,
                      descriptors: Sequence[int] = ()) -> StageProcess:
    """Start a command.

    Args:
        command (list[str]): Its words.
        folder (Path): Working folder of the process.
        descriptors (Sequence[int]): Open files that it inherits.
    """
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=descriptors,
        start_new_session=True)


def environment() -> dict[str, str]:
    """That of this process, for a stage."""
    # Launchers look for python in PATH: take this environment's.
    path = os.pathsep.join(
        [os.path.dirname(sys.executable), os.environ.get('PATH', '')])
    # Threads that spin while they wait take the cores from each other when a
    # machine has other work as well: features of an image took 20 times
    # longer.
    return {'OMP_WAIT_POLICY': 'PASSIVE', **os.environ,
            'PYTHONUNBUFFERED': '1', 'PATH': path}
