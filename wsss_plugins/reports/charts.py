"""Curves of a report, as SVG."""
import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

_COLORS = 6  # --c0 to --c5 of the style sheet
_DASHES = ('', '7 4', '2 4')  # when there are more curves than colors
_WIDTH, _HEIGHT = 400, 256
_LEFT, _BOTTOM, _TOP, _RIGHT = 52, 42, 12, 14
_MOST_POINTS = 400


@dataclass(frozen=True)
class Curve:
    """A line in a chart.

    Attributes:
        name (str): For the legend.
        xs, ys (Sequence[float]): Its points.
        mark (tuple, optional): A point (x, y) to mark.
    """
    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    mark: tuple[float, float] | None = None


def line_chart(title: str, curves: Sequence[Curve], x_title: str,
               y_title: str) -> str:
    """Curves in one chart, with a legend; nothing if there are none.

    Args:
        title (str): Of the figure.
        curves (Sequence[Curve]): Non-empty, finite.
        x_title, y_title (str): What the axes show.
    """
    if not curves:
        return ''
    x_ticks = nice_ticks(min(min(c.xs) for c in curves),
                         max(max(c.xs) for c in curves))
    y_ticks = nice_ticks(min(0., *(min(c.ys) for c in curves)),
                         max(max(c.ys) for c in curves))
    frame = _Frame((x_ticks[0], x_ticks[-1]), (y_ticks[0], y_ticks[-1]))
    parts = [frame.axes(x_ticks, y_ticks, x_title, y_title)]
    legend = []
    for i, curve in enumerate(curves):
        color = f'var(--c{i % _COLORS})'
        dash = _DASHES[i // _COLORS % len(_DASHES)]
        parts.append(frame.curve(curve, color, dash))
        legend.append(f'<span>{_key(color, dash)}'
                      f'{html.escape(curve.name)}</span>')
    label = html.escape(f'{title}: {y_title} against {x_title}', quote=True)
    return (f'<figure><h3>{html.escape(title)}</h3><svg role="img" '
            f'aria-label="{label}" viewBox="0 0 {_WIDTH} {_HEIGHT}">'
            f'{"".join(parts)}</svg><figcaption class="legend">'
            f'{"".join(legend)}</figcaption></figure>')


def _key(color: str, dash: str) -> str:
    """A short piece of the line, for the legend."""
    return ('<svg viewBox="0 0 24 8" style="display:inline-block;width:1.6em;'
            'height:.55em;margin-right:.4em"><line x1="0" x2="24" y1="4" '
            f'y2="4" style="stroke:{color}" stroke-width="3" '
            f'stroke-dasharray="{dash}"/></svg>')


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers that enclose a range, about ``count`` steps of them.

    Args:
        low, high (float): The range.
        count (int): Wanted number of steps.
    """
    span = (high - low) or abs(high) or 1.
    raw = span / count
    power = 10. ** math.floor(math.log10(raw))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= raw
                * (1 - 1e-9))
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    return [round(i * step, 12) for i in range(first, last + 1)]


def _tick(value: float, step: float) -> str:
    digits = max(0, -math.floor(math.log10(step)))
    if digits and abs(round(step, digits) - step) > 1e-9 * step:
        digits += 1  # a step of 0.25
    return f'{value:,.{digits}f}'


@dataclass(frozen=True)
class _Frame:
    """Values to pixels."""
    xs: tuple[float, float]
    ys: tuple[float, float]

    def x(self, value: float) -> float:
        share = (value - self.xs[0]) / (self.xs[1] - self.xs[0])
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.ys[0]) / (self.ys[1] - self.ys[0])
        return round(_HEIGHT - _BOTTOM - share *
                     (_HEIGHT - _BOTTOM - _TOP), 1)

    def curve(self, curve: Curve, color: str, dash: str) -> str:
        stride = max(1, len(curve.xs) // _MOST_POINTS)
        points = ' '.join(
            f'{self.x(x)},{self.y(y)}'
            for x, y in zip(curve.xs[::stride], curve.ys[::stride]))
        line = (f'<polyline class="curve" points="{points}" '
                f'style="stroke:{color}" stroke-dasharray="{dash}"/>')
        if curve.mark is None:
            return line
        x, y = (self.x(curve.mark[0]), self.y(curve.mark[1]))
        return line + (f'<circle cx="{x}" cy="{y}" r="4.5" '
                       f'style="fill:{color}"/>')

    def axes(self, x_ticks: Sequence[float], y_ticks: Sequence[float],
             x_title: str, y_title: str) -> str:
        parts = []
        for tick in y_ticks:
            row = self.y(tick)
            parts.append(
                f'<line class="rule" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" '
                f'y1="{row}" y2="{row}"/>'
                f'<text x="{_LEFT - 7}" y="{row + 4}" text-anchor="end">'
                f'{_tick(tick, y_ticks[1] - y_ticks[0])}</text>')
        for tick in x_ticks:
            parts.append(
                f'<text x="{self.x(tick)}" y="{_HEIGHT - _BOTTOM + 17}" '
                'text-anchor="middle">'
                f'{_tick(tick, x_ticks[1] - x_ticks[0])}</text>')
        middle = (_LEFT + _WIDTH - _RIGHT) / 2, (_HEIGHT - _BOTTOM + _TOP) / 2
        parts.append(
            f'<text x="{middle[0]}" y="{_HEIGHT - 5}" text-anchor="middle">'
            f'{html.escape(x_title)}</text>'
            f'<text x="13" y="{middle[1]}" text-anchor="middle" '
            f'transform="rotate(-90 13 {middle[1]})">{html.escape(y_title)}'
            '</text>')
        return ''.join(parts)
