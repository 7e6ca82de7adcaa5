"""One runner at a time in a work dir."""
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..structures import UserError
from ..structures.atomic import writing

LOCK = '.lock'


@contextmanager
def work_dir_lock(work_dir: Path) -> Iterator[int]:
    """Keep a second runner out of a work dir.

    The lock is the kernel's, so it ends with the process that holds it. It is
    handed on to the running stage: after a kill of the runner alone, nobody
    else starts before that stage has ended as well.

    Args:
        work_dir (Path): Made if it is not there.

    Yields:
        int: File descriptor of the lock, for the commands to inherit.

    Raises:
        UserError: If another runner is at work, or the folder cannot be
            written.
    """
    path = work_dir / LOCK
    with writing(path):
        work_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(descriptor, 32).decode().strip() or 'another'
            raise UserError(
                f'{work_dir}: process {owner}, or a stage that it started, '
                'works here; wait for it or choose another folder') from None
        os.truncate(descriptor, 0)
        os.write(descriptor, f'{os.getpid()}\n'.encode())
        yield descriptor
    finally:
        os.close(descriptor)
