"""Fit again: the recorded command as a process of its own."""
import fcntl
import os
import shlex
import subprocess
import sys
import threading
import time
from pathlib import Path

from ..pipelines.process import stop_process
from ..structures.atomic import writing
from ..workspace.layout import Workspace
from .errors import RequestError

_MOST = 64 * 1024
_RESULTS = {0: 'done', None: 'ended'}


class Fitting:
    """Runs the command of a workspace, one at a time.

    Its output goes to ``fit.log``, which the process holds locked: it goes on
    when the page is closed and even when the server dies, and the next server
    knows of it.

    Args:
        workspace (Workspace): Of the command.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.log = workspace.root / 'fit.log'
        self._process: subprocess.Popen | None = None
        self._stopped = False
        self._starting = threading.Lock()

    def command(self) -> list[str]:
        """What is run; empty if none was recorded."""
        words = self.workspace.load().get('command') or []
        if words and Path(words[0]).name == 'wsss':
            # The same package, whatever is first in the path.
            return [sys.executable, '-m', 'wsss_plugins', *words[1:]]
        return list(words)

    def _folder(self) -> str | None:
        """Where the command was given, which relative paths count from."""
        given = self.workspace.load().get('cwd')
        return given if given and os.path.isdir(given) else None

    def start(self) -> None:
        """Run the command.

        Raises:
            RequestError: If it runs already, or cannot be run.
        """
        command = self.command()
        if not command:
            raise RequestError(422, 'wsss.json records no command to run '
                               'again')
        with self._starting:
            handle = self._open()
            try:
                self._stopped = False
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=handle,
                    stderr=handle, start_new_session=True,
                    cwd=self._folder(),
                    env=dict(os.environ, PYTHONUNBUFFERED='1'))
            except OSError as error:
                raise RequestError(422, f'{shlex.join(command)}: '
                                   f'{error.strerror}') from None
            finally:
                os.close(handle)
        # Nobody else waits for it.
        threading.Thread(target=self._process.wait, daemon=True).start()

    def _open(self) -> int:
        """The log, emptied and locked; the process inherits the lock."""
        with writing(self.log):
            handle = os.open(self.log, os.O_RDWR | os.O_CREAT | os.O_APPEND,
                             0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise RequestError(409, 'it runs already') from None
        os.ftruncate(handle, 0)
        os.utime(handle)
        return handle

    def stop(self) -> None:
        """Interrupt the command, as Ctrl+C does; it can go on later.

        If it does not end, it is ended less politely.

        Raises:
            RequestError: If another server started it, or none runs.
        """
        process = self._process
        if process is None or process.poll() is not None:
            raise RequestError(409, 'this server has nothing to stop')
        self._stopped = True
        threading.Thread(
            target=stop_process, args=(process, ), daemon=True).start()

    def running(self) -> bool:
        """Whether it runs, whoever started it."""
        try:
            handle = os.open(self.log, os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False

    def state(self, offset: int = 0) -> dict:
        """How far it is.

        Args:
            offset (int): Bytes of the log that are known.

        Returns:
            dict: ``state`` (``'idle'``, ``'running'``, ``'done'``,
            ``'stopped'``, ``'failed'`` or, where nobody saw it end,
            ``'ended'``), ``text`` of the log from ``offset`` and the new
            ``offset``.
        """
        running = self.running()
        text, offset = self._tail(offset)
        return dict(state='running' if running else self._result(),
                    own=self._process is not None, text=text, offset=offset,
                    time=time.time())

    def _result(self) -> str:
        if not self.log.exists():
            return 'idle'
        status = None if self._process is None else self._process.poll()
        if self._stopped and status:
            return 'stopped'
        return _RESULTS.get(status, 'failed')

    def _tail(self, offset: int) -> tuple[str, int]:
        try:
            with self.log.open('rb') as file:
                size = file.seek(0, os.SEEK_END)
                # A log that is shorter than what is known is a new one.
                start = offset if offset <= size else 0
                file.seek(max(start, size - _MOST))
                data = file.read(_MOST)
                return data.decode('utf-8', 'replace'), file.tell()
        except OSError:
            return '', 0
