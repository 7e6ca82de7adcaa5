"""What the stages of a pipeline left behind, read for the report."""
import json
import math
from dataclasses import dataclass, field
from pathlib import Path

from ..pipelines.pipeline import Pipeline
from ..pipelines.stage import Stage
from ..pipelines.state import DONE, PipelineState, read_record

_LARGEST_RESULT = 1 << 24


@dataclass
class StageResult:
    """Outcome of one stage.

    Attributes:
        stage (Stage): Which.
        metrics (dict[str, float]): Of ``metrics.json``; None where a metric
            is not a finite number.
        done (dict): Record of the run; empty if it is not done.
        sweep, masks (dict, optional): Result files of these kinds.
        losses (dict): ``{name: {iteration: value}}`` of a training.
    """
    stage: Stage
    metrics: dict[str, float | None] = field(default_factory=dict)
    done: dict = field(default_factory=dict)
    sweep: dict | None = None
    masks: dict | None = None
    losses: dict[str, dict[int, float]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.stage.name


def collect_results(pipeline: Pipeline) -> list[StageResult]:
    """Results of all stages, in order.

    Raises:
        UserError: If a metrics file cannot be read.
    """
    results = []
    for stage in pipeline.stages:
        result = StageResult(stage, done=read_record(stage.folder / DONE)
                             or {})
        record = read_record(stage.folder / 'metrics.json')
        result.metrics = {k: _finite(v) for k, v in (record or {}).items()}
        for data in _result_files(stage.folder):
            if data['kind'] == 'sweep':
                result.sweep = data
            elif data['kind'] == 'masks':
                result.masks = data
        if stage.kind == 'train':
            result.losses = read_losses(stage.folder)
        results.append(result)
    return results


def collect_metrics(pipeline: Pipeline) -> dict[str, dict]:
    """Metrics of all stages that have some, by stage."""
    return {
        result.name: result.metrics
        for result in collect_results(pipeline) if result.metrics
    }


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
        stage_seconds={r.name: r.done['seconds'] for r in results if r.done},
        seconds=round(seconds, 1))


def _result_files(folder: Path) -> list[dict]:
    """JSON files of a stage that say what kind of result they hold."""
    found = []
    for pattern in ('*.json', '*/*.json'):
        for path in sorted(folder.glob(pattern)):
            # Annotations of a million objects are no result of this kind.
            if path.name.startswith('.') or (
                    path.stat().st_size > _LARGEST_RESULT):
                continue
            try:
                data = json.loads(path.read_text(encoding='utf-8'))
            except (json.JSONDecodeError, UnicodeDecodeError):
                continue  # other programs' logs end in .json as well
            if isinstance(data, dict) and 'kind' in data:
                found.append(data)
    return found


def read_losses(folder: Path) -> dict[str, dict[int, float]]:
    """Losses of a training by iteration; of resumed runs the last counts.

    Args:
        folder (Path): Work dir of the training; mmengine's
            ``TIME/vis_data/scalars.json`` are read in order of time.

    Returns:
        dict: ``{name: {iteration: value}}`` of all entries named ``*loss*``,
        the total ``loss`` first.
    """
    losses: dict[str, dict[int, float]] = {}
    for path in sorted(folder.glob('*/vis_data/scalars.json')):
        for line in path.read_text(encoding='utf-8').splitlines():
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                continue  # a killed run can leave half a line
            step = entry.get('step', entry.get('iter'))
            for key, value in entry.items():
                if 'loss' in key and _finite(value) is not None and (
                        step is not None):
                    losses.setdefault(key, {})[int(step)] = float(value)
    return {
        key: dict(sorted(losses[key].items()))
        for key in sorted(losses, key=lambda k: (k != 'loss', k))
    }


def seed_of(pipeline: Pipeline, stage: Stage) -> str:
    """Random seed of a stage as its options or its config say."""
    if stage.kind == 'tool':
        return '–'
    facts = PipelineState(pipeline).facts(stage)
    return facts.get('cfg_options.randomness.seed') or facts.get(
        'config.randomness.seed') or 'not fixed'


def _finite(value) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if math.isfinite(value) else None
