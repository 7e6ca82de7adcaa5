"""What the stages of a pipeline left behind, read for the report."""
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ..pipelines.pipeline import Pipeline
from ..pipelines.stage import Stage
from ..pipelines.state import DONE, read_record
from ..registry import REPORT_RESULTS
from ..structures.errors import UserError
from ..structures.failures import reason
from .results.base import Result

_LARGEST_RESULT = 1 << 24
_Kind = TypeVar('_Kind', bound=Result)


@dataclass
class StageResult:
    """Outcome of one stage.

    Attributes:
        stage (Stage): Which.
        metrics (dict[str, float]): Of ``metrics.json``; None where a metric
            is not a finite number.
        done (dict): Record of the run; empty if it is not done.
        results (list[Result]): Of its JSON files, one of each kind.
        damaged (list[str]): What could not be read, one line each.
    """
    stage: Stage
    metrics: dict[str, float | None] = field(default_factory=dict)
    done: dict = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.stage.name

    @property
    def seconds(self) -> float:
        """How long the run took; 0 where its record does not tell."""
        return _finite(self.done.get('seconds')) or 0.

    def result(self, kind: type[_Kind]) -> _Kind | None:
        """The result of a class; None if the stage has none."""
        for result in self.results:
            if isinstance(result, kind):
                return result
        return None


def collect_results(pipeline: Pipeline) -> list[StageResult]:
    """Results of all stages, in order."""
    results = []
    for stage in pipeline.stages:
        result = StageResult(stage)
        result.done = _record(result, DONE)
        result.metrics = {
            key: _finite(value)
            for key, value in _record(result, 'metrics.json').items()
        }
        _read_files(result)
        results.append(result)
    return results


def pipeline_summary(pipeline: Pipeline, report: Path,
                     seconds: float) -> dict:
    """Summary of a run as JSON values.

    Args:
        pipeline (Pipeline): The pipeline that ran.
        report (Path): Its report.
        seconds (float): How long this run took; stages that were done
            before are in ``stage_seconds`` only.
    """
    results = collect_results(pipeline)
    return dict(
        pipeline=pipeline.cfg.title,
        work_dir=str(pipeline.work_dir),
        report=str(report),
        stages={r.name: r.metrics for r in results if r.metrics},
        stage_seconds={r.name: r.seconds for r in results if r.done},
        seconds=round(seconds, 1))


def _record(result: StageResult, name: str) -> dict:
    """A record of a stage; empty if it is not there, or damaged."""
    try:
        return read_record(result.stage.folder / name) or {}
    except UserError as error:
        result.damaged.append(str(error))
        return {}


def _read_files(result: StageResult) -> None:
    """JSON files of a stage that say what kind of result they hold."""
    REPORT_RESULTS.import_from_location()
    found: dict[str, Result] = {}
    for pattern in ('*.json', '*/*.json'):
        for path in sorted(result.stage.folder.glob(pattern)):
            if path.name.startswith('.'):
                continue
            try:
                data = _load(path)
                if isinstance(data, dict) and isinstance(
                        data.get('kind'), str):
                    found[data['kind']] = _result(data)
            except UserError as error:
                result.damaged.append(f'{path}: {error}')
    result.results = list(found.values())


def _result(data: dict) -> Result:
    kind = REPORT_RESULTS.module_dict.get(data['kind'])
    if kind is None:
        raise UserError(
            f'results of kind {data["kind"]!r} are not shown; registered are '
            f'{", ".join(sorted(REPORT_RESULTS.module_dict))}')
    return kind.read(data)


def _load(path: Path) -> object:
    """Contents of a JSON file; None if it is a log, with JSON in lines."""
    try:
        # Annotations of a million objects are no result of a kind.
        if path.stat().st_size > _LARGEST_RESULT:
            return None
        text = path.read_text(encoding='utf-8')
        return json.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f'not readable ({reason(error)})') from None
    except (ValueError, RecursionError) as error:
        if _is_json(text.partition('\n')[0]):
            return None
        raise UserError(f'no whole JSON file ({reason(error)}); run the stage '
                        'again') from None


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if math.isfinite(value) else None
