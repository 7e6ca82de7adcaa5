"""Tables and numbers of a report, as HTML."""
import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

DASH = '–'


@dataclass(frozen=True)
class Bar:
    """A number above a bar.

    Attributes:
        value (float, optional): The number; None if there is none.
        share (float, optional): Length of the bar, 0 to 1; None for no bar.
    """
    value: float | None
    share: float | None


def table(head: Sequence[str],
          rows: Sequence[Sequence[object]],
          style: str = '') -> str:
    """An HTML table; numbers to the right, the first column stays in view.

    Args:
        head (Sequence[str]): Titles of the columns.
        rows (Sequence[Sequence[object]]): Cells; floats are shown as they
            are given by :func:`number`, None as a dash.
        style (str): CSS class.
    """
    numeric = [
        any(isinstance(row[i], (int, float, Bar)) for row in rows)
        for i in range(len(head))
    ]
    titles = ''.join(
        f'<th{_num(is_number)} scope="col">{html.escape(str(t))}</th>'
        for t, is_number in zip(head, numeric))
    body = ''.join(
        f'<tr><th scope="row">{html.escape(str(row[0]))}</th>' + ''.join(
            _cell(value, is_number)
            for value, is_number in zip(row[1:], numeric[1:])) + '</tr>'
        for row in rows)
    return (f'<div class="wide"><table class="{style}"><thead><tr>{titles}'
            f'</tr></thead><tbody>{body}</tbody></table></div>')


def _num(is_number: bool) -> str:
    return ' class="num"' if is_number else ''


def _cell(value: object, numeric: bool) -> str:
    if isinstance(value, Bar) and value.share is None:
        return f'<td class="num">{number(value.value)}</td>'
    if isinstance(value, Bar):
        width = round(100 * min(max(value.share, 0), 1), 1)
        return (f'<td class="num">{number(value.value)}<span class="bar">'
                f'<i style="width:{width}%"></i></span></td>')
    if value is None or isinstance(value, (int, float)):
        return f'<td{_num(numeric)}>{number(value)}</td>'
    return f'<td>{html.escape(str(value))}</td>'


def number(value: float | None) -> str:
    """A number with a sensible count of digits; None as a dash."""
    if value is None or not math.isfinite(value):
        return DASH
    if isinstance(value, Percent):
        return f'{value:.1f}'
    if isinstance(value, int):
        return f'{value:,}'
    if abs(value) >= 1000:
        return f'{value:,.0f}'
    return f'{value:.3f}' if abs(value) < 10 else f'{value:.1f}'


class Percent(float):
    """A number of percent, shown with one digit whatever its size."""


def percent(value: float | None) -> Percent | None:
    """A fraction in percent, rounded as it is shown."""
    return None if value is None else Percent(round(100 * value, 1))


def mean_row(rows: Sequence[Sequence]) -> list:
    """Means of the columns of a table, of what is known in each.

    Args:
        rows (Sequence[Sequence]): A name and numbers each, None for unknown.
    """
    means = ['mean']
    for column in list(zip(*rows))[1:]:
        known = [value for value in column if value is not None]
        means.append(sum(known) / len(known) if known else None)
    return means
