"""Command-line tools within the tests' own process, and what they wrote."""
import os
import runpy
import sys
from unittest import mock

from mmengine.runner import CheckpointLoader
from mmengine.utils import ManagerMixin

from ..compat import restrict_checkpoints


def run_tool(script: str | os.PathLike, *args: object) -> int:
    """Run a tool as its command line would.

    Args:
        script (str | PathLike): The tool's file.
        args: Its arguments.

    Returns:
        int: Its exit status.
    """
    argv = [str(script), *map(str, args)]
    with mock.patch.object(sys, 'argv', argv):
        try:
            runpy.run_path(str(script), run_name='__main__')
        except SystemExit as end:
            return end.code or 0
    return 0


def run_stage(command: list[str], *_: object, **__: object) -> int:
    """Run the command of a stage here, as ``run_logged`` in a process.

    A process of its own spends most of a small stage on imports.
    """
    _forget(ManagerMixin)
    return run_tool(*command[1:])


def _forget(kind: type) -> None:
    """Drop loggers, visualizers and the like, which last for a process."""
    for other in kind.__subclasses__():
        other._instance_dict.clear()
        _forget(other)


def read_checkpoint(path: str | os.PathLike) -> dict:
    """Read a checkpoint as tools do: weights and plain data only.

    Args:
        path (str | PathLike): What mmengine's ``CheckpointHook`` wrote.

    Returns:
        dict: Its content.
    """
    restrict_checkpoints()
    return CheckpointLoader.load_checkpoint(str(path), map_location='cpu')
