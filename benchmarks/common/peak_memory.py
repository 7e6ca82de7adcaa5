"""Most memory that a piece of work takes, measured in a process of its own."""
import ctypes
import multiprocessing
import re
from collections.abc import Callable
from pathlib import Path


def _status(key: str) -> float:
    text = Path('/proc/self/status').read_text()
    return int(re.search(rf'{key}:\s+(\d+)', text)[1]) * 1024 / 1e6


def _child(work: Callable[[], object], answer) -> None:
    # Free memory of the parent would be used again, unseen.
    ctypes.CDLL(None).malloc_trim(0)
    # Writing 5 sets the peak back to what is in use now (proc(5)).
    Path('/proc/self/clear_refs').write_text('5')
    before = _status('VmRSS')
    result = work()
    answer.put(_status('VmHWM') - before)
    del result


def peak_mb(work: Callable[[], object]) -> float:
    """MB (1e6 bytes) that a call adds at most, result included; Linux only."""
    context = multiprocessing.get_context('fork')
    answer = context.SimpleQueue()
    process = context.Process(target=_child, args=(work, answer))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f'the work ended with {process.exitcode}')
    return answer.get()
