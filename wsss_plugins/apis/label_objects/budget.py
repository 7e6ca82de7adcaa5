"""Numbers of steps that fit a time."""
import json
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from ...pipelines.pipeline import Pipeline
from ...pipelines.progress import OneBar
from ...pipelines.runner import PipelineRunner
from ...structures import UserError
from .layout import ObjectSpace
from .recipe import Iterations

_TRIED = 12
_SKIPPED = 2  # the first steps wait for the data workers
_LEAST = 20
# Of the time; the rest is for labeling, detecting and starting.
_SHARE = .75
_WEIGHTS = dict(train_mil=.2, train_mal=.4, train_exits=.3, train_det=.5)
_FIELDS = dict(train_mil='mil', train_mal='generator',
               train_exits='generator', train_det='detector')


def steps_within(space: ObjectSpace, minutes: float) -> Iterations:
    """Numbers of steps that keep to a time, by trying some of each.

    The trials count.

    Args:
        space (ObjectSpace): Whose pipeline is tried.
        minutes (float): For all stages.

    Raises:
        UserError: If the time is too short for any.
    """
    steps, started = Iterations(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        seconds = _seconds(space, folder)
    left = max(0., minutes * 60 - (time.monotonic() - started))
    total = sum(_WEIGHTS[name] for name in seconds)
    for name, each in seconds.items():
        share = left * _SHARE * _WEIGHTS[name] / total
        count = int(share / each)
        if count < _LEAST:
            raise UserError(
                f'--minutes {minutes:g}: after trials enough for {count} '
                f'steps of {name}, {each:.1f} s each; give more')
        steps = replace(steps, **{_FIELDS[name]: count})
        print(f'{name}: {count} steps of {each:.2f} s')
    return steps


def _seconds(space: ObjectSpace, folder: str) -> dict[str, float]:
    """Seconds of a step of each training."""
    options = dict.fromkeys(
        ('mil_iters', 'generator_iters', 'detector_iters'), _TRIED)
    pipeline = Pipeline(str(space.pipeline), options, folder)
    for stage in pipeline.stages:
        if stage.kind == 'train':
            stage.cfg_options['default_hooks.logger.interval'] = 1
    runner = PipelineRunner(pipeline, display=OneBar())
    runner.run(last='train_det')
    return {
        stage.name: _median(stage.folder)
        for stage in pipeline.stages if stage.kind == 'train'
    }


def _median(folder: Path) -> float:
    """Of the times that a training logged."""
    path = max(folder.glob('*/vis_data/scalars.json'),
               key=lambda one: one.stat().st_mtime)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    times = [row['time'] for row in rows if 'time' in row]
    return statistics.median(times[_SKIPPED:] or times)
