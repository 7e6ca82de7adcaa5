"""What a person sees of a running stage: all of it, or a bar."""
import re
import sys

from tqdm import tqdm

# mmengine's "Iter(train) [ 20/400]", "Epoch(val) [1][20/90]"; tqdm's bars.
_LOGGED = re.compile(r'(?:Iter|Epoch)\((\w+)\)\s*(?:\[\d+\])?'
                     r'\[\s*(\d+)/(\d+)\]')
_BAR = re.compile(r'(\w[\w ]*):\s+\d+%.*?(\d+)/(\d+) \[')
_ERROR = re.compile(r'^(?:error|stopped): .*', re.MULTILINE)


class Everything:
    """Shows all that a stage prints."""

    def begin(self, title: str) -> None:
        """Before a stage."""

    def add(self, text: str) -> None:
        """Show a piece of its output."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def end(self) -> None:
        """After the stage, however it ended."""


class OneBar(Everything):
    """Shows a bar in place of the log, and errors."""

    def begin(self, title: str) -> None:
        """Start a bar for a stage."""
        self._bar = tqdm(desc=title, leave=False, file=sys.stderr,
                         bar_format='  {desc}: {percentage:3.0f}% |{bar:24}| '
                         '{n_fmt}/{total_fmt}, {remaining} left',
                         total=1)
        self._rest, self._part = '', ''

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
            if (part, total) != (self._part, self._bar.total):
                self._part = part
                self._bar.reset(total)
            self._bar.n = done
            self._bar.refresh()
        elif _ERROR.match(line) and line != self._rest:
            self._bar.write(f'  {line}', file=sys.stderr)

    def end(self) -> None:
        """Take the bar away."""
        self._bar.close()
