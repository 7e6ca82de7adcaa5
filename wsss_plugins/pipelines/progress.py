"""What a person sees of a running stage: all of it, or a bar."""
import re
import sys
import time
from collections.abc import Mapping, Sequence

from tqdm import tqdm

from .durations import duration
from .time_left import TimeLeft

# mmengine's "Iter(train) [ 20/400]", "Epoch(val) [1][20/90]"; tqdm's bars.
_LOGGED = re.compile(r'(?:Iter|Epoch)\((\w+)\)\s*(?:\[\d+\])?'
                     r'\[\s*(\d+)/(\d+)\]')
_BAR = re.compile(r'(\w[\w ]*):\s+\d+%.*?(\d+)/(\d+) \[')
# Seconds between two looks of a bar: in a terminal, and in a file.
_PAUSE = dict(terminal=.1, file=5.)
_ERROR = re.compile(r'^(?:error|stopped): .*', re.MULTILINE)


class Everything:
    """Shows all that a stage prints."""

    def plan(self, titles: Sequence[str]) -> None:
        """Before all stages: those that are to run."""

    def begin(self, title: str) -> None:
        """Before a stage."""

    def add(self, text: str) -> None:
        """Show a piece of its output."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def end(self) -> None:
        """After the stage, however it ended."""


class OneBar(Everything):
    """Shows a bar in place of the log, with the time left, and errors.

    Args:
        expected (Mapping[str, float], optional): Seconds of each stage, by
            name.
    """

    def __init__(self, expected: Mapping[str, float] | None = None) -> None:
        self._time = TimeLeft(expected or {})

    def plan(self, titles: Sequence[str]) -> None:
        """Count the time of these stages."""
        self._time.plan(titles)

    def begin(self, title: str) -> None:
        """Start a bar for a stage."""
        self._time.begin(title)
        self._bar = tqdm(desc=title, leave=False, file=sys.stderr,
                         bar_format='  {desc}: {percentage:3.0f}% |{bar:24}| '
                         '{n_fmt}/{total_fmt}, {remaining} left{postfix}',
                         total=1)
        self._rest, self._part, self._shown = '', '', 0.

    def add(self, text: str) -> None:
        """Move the bar; keep the last line, which may not be whole."""
        lines = (self._rest + text).replace('\r', '\n').split('\n')
        self._rest = lines.pop()[-2000:]
        for line in (*lines, self._rest):
            self._look(line)

    def _look(self, line: str) -> None:
        found = _LOGGED.search(line) or _BAR.search(line)
        if found:
            part, done, total = found[1], int(found[2]), int(found[3])
            if ((part, total) != (self._part, self._bar.total)
                    or done < self._bar.n):
                self._part = part
                self._bar.reset(total)
                self._bar.initial = done  # its time is not known
            self._bar.n = done
            self._show()
        elif _ERROR.match(line) and line != self._rest:
            self._bar.write(f'  {line}', file=sys.stderr)

    def _show(self) -> None:
        """Draw the bar, unless that was a moment ago."""
        now, bar = time.monotonic(), self._bar
        pause = _PAUSE['terminal' if sys.stderr.isatty() else 'file']
        if now - self._shown < pause and bar.n < bar.total:
            return
        self._shown = now
        done, elapsed = bar.n - bar.initial, bar.format_dict['elapsed']
        rate = done / max(elapsed, 1e-3)
        left = self._time.left((bar.total - bar.n) / rate if rate else 0.)
        bar.set_postfix_str(
            '' if left is None else f'all stages: {duration(left)}')

    def end(self) -> None:
        """Take the bar away."""
        self._bar.close()
        self._time.end()
