"""Tables and curves of a report, as HTML and SVG."""
import html
from collections.abc import Sequence

_COLOURS = ('#2f6fde', '#d9542b', '#2a9d6f', '#9447c8', '#c79a12', '#5b6472')
_WIDTH, _HEIGHT = 640, 300
_LEFT, _BOTTOM, _TOP, _RIGHT = 52, 40, 14, 14


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """An HTML table; numbers to the right.

    Args:
        head (Sequence[str]): Titles of the columns.
        rows (Sequence[Sequence[object]]): Cells; floats are shown as they
            are given by :func:`number`, None as a dash.
    """
    titles = ''.join(f'<th>{html.escape(str(t))}</th>' for t in head)
    body = ''.join(
        '<tr>' + ''.join(_cell(value) for value in row) + '</tr>'
        for row in rows)
    return (f'<div class="wide"><table><thead><tr>{titles}</tr></thead>'
            f'<tbody>{body}</tbody></table></div>')


def _cell(value: object) -> str:
    if value is None:
        return '<td class="num">–</td>'
    if isinstance(value, (int, float)):
        return f'<td class="num">{number(value)}</td>'
    return f'<td>{html.escape(str(value))}</td>'


def number(value: float) -> str:
    """A number with a sensible count of digits."""
    if isinstance(value, int) or float(value).is_integer():
        return f'{int(value):,}'
    return f'{value:.3f}' if abs(value) < 10 else f'{value:.1f}'


def line_chart(curves: dict[str, tuple[Sequence[float], Sequence[float]]],
               x_title: str, y_title: str) -> str:
    """Curves in one chart, with a legend.

    Args:
        curves (dict): x and y values by name.
        x_title, y_title (str): What the axes show.
    """
    xs = [x for x_values, _ in curves.values() for x in x_values]
    ys = [y for _, y_values in curves.values() for y in y_values]
    if not xs:
        return ''
    x_range = min(xs), max(xs)
    y_range = min(0., *ys), max(ys) * 1.05 or 1.
    parts = [_axes(x_range, y_range, x_title, y_title)]
    legend = []
    for i, (name, (x_values, y_values)) in enumerate(curves.items()):
        colour = _COLOURS[i % len(_COLOURS)]
        points = ' '.join(
            f'{_x(x, x_range):.1f},{_y(y, y_range):.1f}'
            for x, y in zip(x_values, y_values))
        parts.append(f'<polyline points="{points}" fill="none" '
                     f'stroke="{colour}" stroke-width="2"/>')
        legend.append(f'<span><i style="background:{colour}"></i>'
                      f'{html.escape(name)}</span>')
    return (f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
            f'{"".join(parts)}</svg><figcaption class="legend">'
            f'{"".join(legend)}</figcaption></figure>')


def _x(value: float, limits: tuple[float, float]) -> float:
    span = (limits[1] - limits[0]) or 1.
    return _LEFT + (value - limits[0]) / span * (_WIDTH - _LEFT - _RIGHT)


def _y(value: float, limits: tuple[float, float]) -> float:
    span = (limits[1] - limits[0]) or 1.
    share = (value - limits[0]) / span
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _TOP)


def _axes(x_range: tuple[float, float], y_range: tuple[float, float],
          x_title: str, y_title: str) -> str:
    parts = []
    for i in range(6):
        y = y_range[0] + (y_range[1] - y_range[0]) * i / 5
        x = x_range[0] + (x_range[1] - x_range[0]) * i / 5
        row, column = _y(y, y_range), _x(x, x_range)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" '
            f'y1="{row:.1f}" y2="{row:.1f}"/>'
            f'<text x="{_LEFT - 6}" y="{row + 4:.1f}" text-anchor="end">'
            f'{y:.2g}</text>'
            f'<text x="{column:.1f}" y="{_HEIGHT - _BOTTOM + 16}" '
            f'text-anchor="middle">{_tick(x)}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{_HEIGHT - 6}" text-anchor="middle">'
        f'{html.escape(x_title)}</text>'
        f'<text x="12" y="{_HEIGHT / 2}" text-anchor="middle" '
        f'transform="rotate(-90 12 {_HEIGHT / 2})">{html.escape(y_title)}'
        '</text>')
    return ''.join(parts)


def _tick(value: float) -> str:
    return f'{value:.0f}' if abs(value) >= 10 else f'{value:.2g}'
