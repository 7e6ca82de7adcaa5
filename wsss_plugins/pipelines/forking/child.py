"""What makes a stage of a process that was just forked."""
import gc
import importlib
import os
import sys
from collections.abc import Iterable
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import torch

from .job import Job
from .script import run_script, script_folder


def run_job(job: Job) -> None:
    """Turn this process into a stage.

    It ends as an interpreter that has run the script: by a return, or by
    what the script raises.

    Args:
        job (Job): What to run.
    """
    os.setsid()
    source, output, line, *inherited = job.descriptors
    _wait_for_start(line)
    _redirect(source, output)
    for descriptor in inherited:
        os.set_inheritable(descriptor, True)
    os.chdir(job.folder)
    command = [sys.executable, *job.words]
    if _hides_a_module(script_folder(job.words[0]), sys.modules):
        os.execve(sys.executable, command, job.environment)
    sys.orig_argv = command
    gc.enable()
    importlib.invalidate_caches()
    # A new interpreter draws other numbers than the one before.
    np.random.seed()  # noqa: NPY002
    torch.default_generator.seed()
    run_script(job.words)


def _wait_for_start(descriptor: int) -> None:
    """Say who this is; end if the runner is not there to hear it."""
    try:
        with Connection(descriptor) as line:
            line.send(os.getpid())
            line.recv()
    except (EOFError, OSError):
        os._exit(1)


def _redirect(source: int, output: int) -> None:
    for target, descriptor in enumerate((source, output, output)):
        os.dup2(descriptor, target)
    os.close(source)
    os.close(output)


def _hides_a_module(folder: str, names: Iterable[str]) -> bool:
    """Whether a script would find another module than is imported here."""
    imported = {name for name in names if '.' not in name}
    return any(
        path.name.partition('.')[0] in imported
        and (path.suffix in ('.py', '.so') or (path / '__init__.py').is_file())
        for path in Path(folder).iterdir())
