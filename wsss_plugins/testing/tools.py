"""Command-line tools, run within the tests' own process."""
import os
import runpy
import sys
from unittest import mock


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
