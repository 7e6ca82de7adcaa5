"""Problems of what a user gives, told all at once."""
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TextIO

from .atomic import write_json
from .errors import UserError

ERROR, WARNING = 'error', 'warning'
_LEVELS = (ERROR, WARNING)
# Of a kind, how many are printed; a file holds all.
_PRINTED = {ERROR: 200, WARNING: 60}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        level (str): ``'error'``: nothing can start; or ``'warning'``.
        kind (str): Heading of the problems that are alike.
        where (str): File, with line and column where it has them.
        what (str): What is wrong, with the value.
        fix (str): What to do about it.
    """
    level: str
    kind: str
    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f'{self.where}: {self.what}'

    @property
    def line(self) -> str:
        """All of it in one line."""
        return f'{self.where}: {self.what}; {self.fix}'


def error(kind: str, where: object, what: str, fix: str) -> Problem:
    """A problem that keeps all work from starting."""
    return Problem(ERROR, kind, str(where), what, fix)


def warning(kind: str, where: object, what: str, fix: str) -> Problem:
    """A problem that is told only."""
    return Problem(WARNING, kind, str(where), what, fix)


def problem_of(kind: str, mistake: UserError) -> Problem:
    """A problem of a message ``FILE: WHAT; FIX``, which keeps work back."""
    where, _, what = str(mistake).partition(': ')
    what, _, fix = what.rpartition('; ')
    return error(kind, where, what or fix, fix if what else 'fix the file')


def worst_first(problems: Iterable[Problem]) -> list[Problem]:
    """Errors, then warnings; problems of a kind together.

    Kinds keep the order in which they were found.
    """
    problems = list(dict.fromkeys(problems))
    kinds = list(dict.fromkeys(p.kind for p in problems))
    return sorted(problems, key=lambda p: (_LEVELS.index(p.level),
                                           kinds.index(p.kind)))


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """The errors among problems."""
    return [each for each in problems if each.level == ERROR]


def print_problems(problems: Sequence[Problem],
                   file: TextIO | None = None) -> None:
    """Print problems under the headings of their kinds, worst first.

    Args:
        problems (Sequence[Problem]): Any number.
        file (TextIO, optional): Defaults to the standard error.
    """
    groups: dict[tuple[str, str], list[Problem]] = {}
    for each in worst_first(problems):
        groups.setdefault((each.level, each.kind), []).append(each)
    lines = []
    for (level, kind), group in groups.items():
        lines.append(f'{level}: {kind} ({len(group)})')
        lines += _lines(group, _PRINTED[level])
    for line in lines:
        print(line.encode('utf-8', 'replace').decode(),
              file=file or sys.stderr)


def _lines(group: Sequence[Problem], limit: int) -> list[str]:
    """Lines of a group; a fix that all share stands below them once."""
    shared = len({each.fix for each in group}) == 1
    lines = [f'  {each}' if shared else f'  {each.line}'
             for each in group[:limit]]
    if len(group) > limit:
        lines.append(f'  ... and {len(group) - limit} more')
    return lines + [f'  -> {group[0].fix}'] * shared


def write_problems(path: str | os.PathLike,
                   problems: Iterable[Problem]) -> None:
    """Write problems as a JSON list, worst first, atomically."""
    write_json(path, [asdict(each) for each in worst_first(problems)],
               indent=1, ensure_ascii=True)
