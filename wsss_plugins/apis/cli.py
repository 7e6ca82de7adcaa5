"""What all command-line tools share: one way to end."""
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..structures import UserError
from ..structures.failures import INNER, reason
from .told import first_to_tell

USER_MISTAKE, FAULT = 2, 1
_WORKER = '\nOriginal Traceback '
_LONGEST = 300
_LOG = ' (full log: '


def run_main(main: Callable[[], int | None]) -> None:
    """Run a tool's ``main`` and end the process, always with one line.

    A user's mistake is told as it is, with exit status 2. Anything else that
    is raised is told in a line as well, with the file that holds its
    traceback, and exit status 1.

    Args:
        main (Callable): Entry point without arguments; its return value is
            the exit status.
    """
    _find_own_modules()
    # Before torch is loaded: threads that wait by spinning take the cores from
    # each other as soon as anything else runs.
    os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')
    try:
        status = main()
        _flush()
    except UserError as error:
        log = '' if error.__cause__ is None else _log_note(error)
        status = _tell(f'{_message(error)}{log}', USER_MISTAKE)
    except KeyboardInterrupt:
        status = _tell('interrupted; run the same command again to go on',
                       128 + signal.SIGINT, 'stopped')
    except BrokenPipeError:
        status = _closed_pipe()
    except OSError as error:
        status = _tell(f'{_of_the_system(error)}{_log_note(error)}',
                       USER_MISTAKE)
    except MemoryError as error:
        status = _tell('there is not enough memory; use smaller images, '
                       f'batches or fewer workers{_log_note(error)}', FAULT)
    except Exception as error:
        status = _tell(f'{_tool()} failed: {_reason(error)}'
                       f'{_log_note(error)}', FAULT)
    sys.exit(status)


def _find_own_modules() -> None:
    """Let ``custom_imports`` of configs name modules of the working folder."""
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())


def _tell(text: str, status: int, start: str = 'error') -> int:
    # Processes that fail alike have logs of their own.
    if first_to_tell(text.partition(_LOG)[0]):
        with suppress(OSError):
            print(f'{start}: {text}', file=sys.stderr, flush=True)
    return status


def _message(error: UserError) -> str:
    """The text; data workers send it at the end of their traceback."""
    text = str(error).strip()
    if _WORKER not in text:
        return text
    name = f'{type(error).__name__}: '
    return text.rpartition(name)[2] if name in text else text.rpartition(
        '\n')[2]


def _reason(error: Exception) -> str:
    """What a library says, where it says it to people."""
    text = str(error)
    if _WORKER in text:
        text = text.strip().rpartition('\n')[2].partition(': ')[2]
    if isinstance(error, INNER) or not text:
        return 'it has a fault'
    return text[:_LONGEST] if _WORKER in str(error) else reason(error)


def _of_the_system(error: OSError) -> str:
    """What the operating system refused, and for which file."""
    place = f'{error.filename}: ' if error.filename else ''
    return f'{place}{reason(error)}; fix the path, its rights or the disk'


def _closed_pipe() -> int:
    """Nobody reads on, as with ``| head``: that is no mistake."""
    with suppress(OSError):
        # The interpreter flushes at its end and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE


def _flush() -> None:
    sys.stdout.flush()


def _tool() -> str:
    return Path(sys.argv[0]).name or 'the program'


def _log_note(error: BaseException) -> str:
    """Write the traceback to a file; a note that names it."""
    text = ''.join(traceback.format_exception(error))
    name = f'wsss_plugins-{_tool()}-{time.strftime("%Y%m%d-%H%M%S")}-'
    try:
        with tempfile.NamedTemporaryFile(
                'w', prefix=name, suffix='.log', delete=False,
                encoding='utf-8', errors='backslashreplace') as file:
            file.write(f'{" ".join(sys.argv)}\n\n{text}')
    except OSError:
        return ''  # no room for it either
    return f'{_LOG}{file.name})'
