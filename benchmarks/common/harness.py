"""Time the reference's way and the package's way on the same work.

Both alternate in one process, so that a busy machine slows both; the ratio is
the median of the ratios of the repeats.
"""
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# A side that takes less is run several times within a repeat.
_LEAST_SECONDS = .03
# Slow cases are repeated less often, but not less than this.
_LEAST_REPEATS = 3


@dataclass(frozen=True)
class Case:
    """One piece of work, done in two ways.

    Attributes:
        name (str): What the input is.
        reference (Callable): The reference's way; its result is compared.
        ours (Callable): The package's way.
        agree (Callable): From both results to named numbers: errors, or
            shares of equal pixels.
        memory_mb (dict[str, float]): Sizes in MB (1e6 bytes), by name.
        share (float): Part of the reference's work that ``reference`` does,
            where all of it would take minutes; its time is divided by it.
        images (int): How many images a call works on; 0 if none are counted.
        most (int): Maximum number of repeats, for calls of minutes.
        more (Callable): Called at the end; its entries join the row.
        clock (Callable): Seconds; ``time.process_time`` counts those of the
            processor only, for long calls beside other work.
    """
    name: str
    reference: Callable[[], Any]
    ours: Callable[[], Any]
    agree: Callable[[Any, Any], dict[str, float]]
    memory_mb: dict[str, float] = field(default_factory=dict)
    share: float = 1.
    images: int = 0
    most: int = 99
    more: Callable[[], dict] = dict
    clock: Callable[[], float] = time.perf_counter


def measure(case: Case, repeats: int, budget_s: float) -> dict:
    """Compare the results of a case, then time both sides.

    Args:
        case (Case): The work.
        repeats (int): How often each side is timed; the order alternates.
        budget_s (float): Fewer repeats, three at least, if they would take
            longer than this.

    Returns:
        dict: A row: ``case``, medians ``reference_s`` and ``ours_s`` in
        seconds, ``ratio``, ``agreement`` and ``memory_mb``; where images are
        counted, also ``images`` and ``images_per_s`` of ours.
    """
    sides = (case.reference, case.ours)
    # These calls also warm up.
    results, once = zip(*(_timed(side, case.clock) for side in sides))
    agreement = case.agree(*results)
    repeats = min(repeats, case.most,
                  max(_LEAST_REPEATS, int(budget_s / sum(once))))
    numbers = [1 + int(_LEAST_SECONDS / max(seconds, 1e-6))
               for seconds in once]
    times = ([], [])
    for repeat in range(repeats):
        for i in (0, 1) if repeat % 2 else (1, 0):
            times[i].append(_seconds(sides[i], numbers[i], case.clock))
    times[0][:] = [seconds / case.share for seconds in times[0]]
    row = dict(
        case=case.name,
        reference_s=statistics.median(times[0]),
        ours_s=statistics.median(times[1]),
        ratio=statistics.median(a / b for a, b in zip(*times)),
        agreement=agreement,
        memory_mb=case.memory_mb)
    if case.images:
        row.update(images=case.images,
                   images_per_s=case.images / row['ours_s'])
    return {**row, **case.more()}


def _timed(side: Callable[[], Any],
           clock: Callable[[], float]) -> tuple[Any, float]:
    """Result and seconds of one call."""
    start = clock()
    result = side()
    return result, clock() - start


def _seconds(side: Callable[[], Any], number: int,
             clock: Callable[[], float]) -> float:
    """Seconds of a call, averaged over some."""
    start = clock()
    for _ in range(number):
        side()
    return (clock() - start) / number


def table(name: str, rows: list[dict]) -> str:
    """Rows as text for people."""
    counted = any('images' in row for row in rows)
    lines = [f'{name}', f'{"case":<34}{"reference":>12}{"ours":>12}'
             f'{"ratio":>9}{"images/s" if counted else "":>{9 * counted}}'
             '  agreement']
    for row in rows:
        notes = _numbers(row['agreement'])
        if row['memory_mb']:
            notes += f'; MB: {_numbers(row["memory_mb"])}'
        if 'parts' in row:
            notes += f'; % of ours: {_shares(row["parts"])}'
        speed = row.get('images_per_s', '')
        speed = f'{speed:.2f}' if speed else ''
        ratio = f'{row["ratio"]:.{_digits(row)}f}x'
        lines.append(f'{row["case"]:<34}{_milli(row["reference_s"])}'
                     f'{_milli(row["ours_s"])}{ratio:>9}'
                     f'{speed:>{9 * counted}}  {notes}')
    return '\n'.join(lines)


def _digits(row: dict) -> int:
    """Ratios near one differ in the second digit."""
    return 1 if row['ratio'] >= 3 else 2


def _shares(seconds: dict[str, float]) -> str:
    """Percent of the work; of idleness, percent of all the time."""
    idle = seconds.get('idle', 0.)
    work = sum(seconds.values()) - idle
    shares = {part: value / work for part, value in seconds.items()}
    shares['idle'] = idle / (work + idle)
    return ', '.join(f'{part} {100 * value:.0f}'
                     for part, value in shares.items())


def _milli(seconds: float) -> str:
    return f'{1e3 * seconds:>9.2f} ms'


def _numbers(values: dict[str, float]) -> str:
    return ', '.join(f'{key} {value:.6g}' for key, value in values.items())
