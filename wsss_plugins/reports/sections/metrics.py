"""The headline numbers."""
from collections.abc import Sequence
from dataclasses import dataclass

from ...pipelines.arguments import check_arguments
from ...registry import REPORT_SECTIONS
from ...structures.errors import UserError
from ..elements import alarm
from ..page import ReportPage
from ..tables import Bar, percent, table
from .base import Section

#: How many files a stage wrote, which is no result.
COUNT = 'written'


@dataclass
class MetricEntry:
    """A number of the headline table, one entry of ``metrics``.

    Attributes:
        stage (str): Stage whose metric it is.
        metric (str): Key of the metric.
        row, column (str): Its place in a table that compares columns.
        title (str): What it is, where it has nothing to be compared with:
            then instead of ``row`` and ``column``.
        percent (bool): Whether it is a fraction, to be shown in percent.
    """
    stage: str
    metric: str
    row: str = ''
    column: str = ''
    title: str = ''
    percent: bool = False


@REPORT_SECTIONS.register_module('metrics')
class MetricsSection(Section):
    """Metrics that the pipeline file names; all there are without names."""
    title = 'Results'
    order = 10

    def check(self, where: str, stages: Sequence[str]) -> None:
        """Check that each metric has a stage and a place."""
        if not isinstance(self.entry, (list, tuple)):
            raise UserError(f'{where} = {self.entry!r}; write a list')
        for entry in self.entry:
            check_arguments(where, entry, MetricEntry)
            placed = [key for key in ('row', 'column', 'title')
                      if entry.get(key)]
            if placed not in (['row', 'column'], ['title']):
                raise UserError(f'{where}: {entry["metric"]!r} of stage '
                                f'{entry["stage"]!r} has {placed or "no"} '
                                'place; write row and column, or title')
            if entry['stage'] not in stages:
                raise UserError(f'{where}: no stage {entry["stage"]!r}; '
                                f'there are {", ".join(stages)}')

    def html(self, page: ReportPage) -> str:
        """A table by row and column, and one of single numbers."""
        metrics = {r.name: r.metrics for r in page.results}
        if not self.entry:
            rows = [[stage, key, value] for stage, values in metrics.items()
                    for key, value in values.items() if key != COUNT]
            return table(['stage', 'metric', 'value'], rows) if rows else ''
        content = ''
        entries = [MetricEntry(**entry) for entry in self.entry]
        for entry in entries:
            found = metrics[entry.stage]
            if found and entry.metric not in found:
                content += alarm(f'Stage {entry.stage} has no metric '
                                 f'{entry.metric}; it has '
                                 f'{", ".join(found)}.')
        values = [(entry, _value(entry, metrics)) for entry in entries]
        return content + _compared(values) + _single(values)


_Values = list[tuple[MetricEntry, float | None]]


def _value(entry: MetricEntry, metrics: dict[str, dict]) -> float | None:
    value = metrics[entry.stage].get(entry.metric)
    return percent(value) if entry.percent else value


def _compared(values: _Values) -> str:
    """Values with a row and a column."""
    values = [(e, value) for e, value in values if e.column]
    columns = list(dict.fromkeys(e.column for e, _ in values))
    grid: dict[str, dict[str, float | None]] = {}
    for entry, value in values:
        grid.setdefault(entry.row, {})[entry.column] = value
    rows = [[row, *_bars([cells.get(c) for c in columns])]
            for row, cells in grid.items()]
    return table(['', *columns], rows, 'results') if rows else ''


def _bars(values: list[float | None]) -> list[Bar]:
    """Values of one row; bars if there is something to compare."""
    sizes = [abs(v) for v in values if v is not None]
    if len(sizes) < 2 or not max(sizes):
        return [Bar(v, None) for v in values]
    return [Bar(v, None if v is None else abs(v) / max(sizes))
            for v in values]


def _single(values: _Values) -> str:
    """Values with a title."""
    rows = [[e.title, Bar(value, None)] for e, value in values if e.title]
    return table(['', 'value'], rows, 'results') if rows else ''
