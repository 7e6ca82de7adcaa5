"""Metrics of several runs of one pipeline: mean and spread."""
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ..pipelines.pipeline import Pipeline
from ..structures.errors import UserError
from .collect import collect_results
from .sections.metrics import COUNT, MetricEntry, MetricsSection


@dataclass(frozen=True)
class Spread:
    """A metric over runs that differ by their seed.

    Attributes:
        row, column (str): What it is, as in the report of the pipeline.
        values (tuple[float, ...]): Of the runs that have it, in their order.
    """
    row: str
    column: str
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Arithmetic mean."""
        return statistics.fmean(self.values)

    @property
    def deviation(self) -> float | None:
        """Standard deviation of a sample (divisor n - 1); None of one run."""
        return statistics.stdev(self.values) if self.values[1:] else None

    def __str__(self) -> str:
        spread = '' if self.deviation is None else f' ± {self.deviation:.1f}'
        return f'{self.mean:.1f}{spread}'


def spread_of_runs(pipeline: str | os.PathLike,
                   work_dirs: Sequence[str | os.PathLike]) -> list[Spread]:
    """Gather what the report of a pipeline compares, over its work dirs.

    Args:
        pipeline (str | PathLike): The pipeline file that all of them ran.
        work_dirs (Sequence[str | PathLike]): One for each seed.

    Returns:
        list[Spread]: In the order of the report; all metrics of all stages
        if the file names none. Fractions are in percent.

    Raises:
        UserError: If a work dir is named twice, is missing or has no metric.
    """
    if len({os.path.realpath(one) for one in work_dirs}) < len(work_dirs):
        raise UserError(f'{" ".join(map(str, work_dirs))}: a work dir is '
                        'named twice; name each run once')
    runs = [_metrics(pipeline, folder) for folder in work_dirs]
    entries = _entries(pipeline) or [
        MetricEntry(stage, key, row=stage, column=key)
        for stage, metrics in runs[0].items() for key in metrics
        if key != COUNT]
    found = []
    for entry in entries:
        values = [run[entry.stage].get(entry.metric) for run in runs]
        known = tuple(value * (100 if entry.percent else 1)
                      for value in values if value is not None)
        if known:
            found.append(Spread(entry.row or entry.title, entry.column, known))
    return found


def _entries(path: str | os.PathLike) -> list[MetricEntry]:
    pipeline = Pipeline(str(path))
    entries = pipeline.fill(pipeline.cfg.get('report', {})).get('metrics', [])
    names = [stage.name for stage in pipeline.stages]
    MetricsSection(entries).check(f'{path}: report.metrics', names)
    return [MetricEntry(**entry) for entry in entries]


def _metrics(path: str | os.PathLike,
             folder: str | os.PathLike) -> dict[str, dict]:
    """Metrics of all stages of a run."""
    if not os.path.isdir(folder):
        raise UserError(f'{folder}: no such folder; name the work dirs of '
                        f'finished runs of {path}')
    results = collect_results(Pipeline(str(path), work_dir=str(folder)))
    found = {result.name: result.metrics for result in results}
    if not any(found.values()):
        raise UserError(f'{folder}: no metrics of the stages of {path} in it; '
                        'run the pipeline there first')
    return found


def markdown_table(spreads: Sequence[Spread]) -> str:
    """A Markdown table, one row for each metric and a column for each method.

    Args:
        spreads (Sequence[Spread]): As :func:`spread_of_runs` returns them.
    """
    columns = list(dict.fromkeys(one.column for one in spreads))
    cells: dict[str, dict[str, str]] = {}
    for one in spreads:
        cells.setdefault(one.row, {})[one.column] = str(one)
    lines = [['', *columns], ['---'] * (1 + len(columns))]
    lines += [[row, *(found.get(column, '') for column in columns)]
              for row, found in cells.items()]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)
