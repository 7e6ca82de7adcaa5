"""Runs the stages of a recipe, for as long as they may take."""
from __future__ import annotations

import shlex
import sys
import time
from typing import TYPE_CHECKING

from ...pipelines.pipeline import Pipeline
from ...pipelines.progress import OneBar
from ...pipelines.runner import PipelineRunner
from ...pipelines.state import DONE, read_record
from ...structures import UserError
from ...workspace.layout import Workspace
from .costs import StageCost, measure
from .estimate import (
    TRAINING,
    disk_needed,
    first_steps,
    fitting_steps,
    last_steps,
    memory_needed,
    plan,
    tell,
)
from .lengths import shortened

if TYPE_CHECKING:
    from .run import Settings

_ARGUMENTS = dict(seed='; give --seed', max_iters='; give --max-iters')


class StageRun:
    """A run of the stages of a workspace.

    How long the segmentor is trained is decided once, and kept for as long
    as the same is asked for: a run that goes on repeats nothing. Within given
    minutes it is decided when that training is to begin, since by then it is
    known how long the other stages took.

    Args:
        workspace (Workspace): With work copies and a pipeline.
        settings (Settings): What a person chose.
        facts (dict): Of the workspace; its ``plan`` is changed.
        began (float): When the command began, by ``time.monotonic``.
    """

    def __init__(self, workspace: Workspace, settings: Settings, facts: dict,
                 began: float) -> None:
        self.workspace = workspace
        self.settings = settings
        self.facts = facts
        self.began = began
        self.images: int = facts['num_images']
        self.force = list(settings.force)

    def run(self) -> Pipeline:
        """Run what is not done.

        Raises:
            UserError: If a stage fails, or the time or the disk is too small.
        """
        asked = dict(max_iters=self.settings.max_iters,
                     minutes=self.settings.minutes, seed=self.settings.seed,
                     recipe=self.settings.recipe,
                     backbone=self.settings.backbone,
                     options=self._lengths())
        if self.settings.minutes is None:
            asked['images'] = self.images
        known = self.facts['plan']
        if known.get('asked') != asked or 'costs' not in known:
            self._decide(asked)
        self._tell()
        if not self.facts['plan']['final']:
            self._run_until_training()
        pipeline = self._pipeline()
        self._runner(pipeline).run(force=self.force, redo=True)
        return pipeline

    def _decide(self, asked: dict) -> None:
        """Try what stages do, and choose a length of the training."""
        disk_needed(self.workspace, self.images)
        minutes = self.settings.minutes
        steps = self.settings.max_iters or fitting_steps(self.images)
        costs = measure(self.workspace, self._with(steps))
        if minutes is not None:
            steps = first_steps(minutes, self._passed(), costs, self.images)
        self.facts['plan'] = dict(
            asked=asked, max_iters=steps, final=minutes is None,
            memory=memory_needed(),
            costs=[vars(cost) for cost in costs])
        self.workspace.save(self.facts)

    def _costs(self) -> list[StageCost]:
        return [StageCost(**cost) for cost in self.facts['plan']['costs']]

    def _passed(self) -> float:
        return time.monotonic() - self.began

    def _tell(self) -> None:
        """Print what is to run, if anything is."""
        pipeline = self._pipeline()
        steps = self._runner(pipeline).plan(force=self.force, redo=True)
        names = [step.stage.name for step in steps if step.action != 'skip']
        words = [sys.executable, '-m', 'wsss_plugins.pipelines',
                 str(self.workspace.pipeline), '--work-dir',
                 str(self.workspace.work), '--redo-changed',
                 *pipeline.option_words()]
        print(f'stages by hand: {shlex.join(words)}')
        if names:
            told = plan(self._costs(), self.images,
                        self.facts['plan']['max_iters'])
            tell(told, names, self.facts['plan']['memory'], self.workspace,
                 self.images)

    def _run_until_training(self) -> None:
        """Run what comes before the training, and choose its length."""
        pipeline = self._pipeline()
        names = [stage.name for stage in pipeline.stages]
        before = names[:names.index(TRAINING)]
        if before:
            self._runner(pipeline).run(
                last=before[-1], redo=True,
                force=[name for name in self.force if name in before])
        self.force = [name for name in self.force if name not in before]
        costs = measure(self.workspace, pipeline)
        passed = max(self._passed(), _recorded(pipeline, before))
        self.facts['plan'].update(final=True, max_iters=last_steps(
            self.settings.minutes * 60 - passed, costs[len(before):],
            self.images), costs=[vars(cost) for cost in costs])
        self.workspace.save(self.facts)

    def _runner(self, pipeline: Pipeline) -> PipelineRunner:
        expected = plan(self._costs(), self.images,
                        self.facts['plan']['max_iters'])
        return PipelineRunner(pipeline, display=OneBar(expected.seconds))

    def _pipeline(self) -> Pipeline:
        return self._with(self.facts['plan']['max_iters'])

    def _with(self, max_iters: int) -> Pipeline:
        options = dict(
            data_root=str(self.workspace.data),
            corrections=str(self.workspace.work / 'corrected'),
            seed=self.settings.seed,
            max_iters=max_iters)
        for name in options.keys() & self.settings.options.keys():
            raise UserError(f'--cfg-options {name}: this command sets it'
                            + _ARGUMENTS.get(name, ''))
        options.update(self._lengths())
        return Pipeline(str(self.workspace.pipeline), options,
                        str(self.workspace.work))

    def _lengths(self) -> dict:
        """What a person overrides, and lengths that suit the images."""
        recipe = Pipeline(str(self.workspace.pipeline))
        return {**shortened(recipe, self.images), **self.settings.options}


def _recorded(pipeline: Pipeline, names: list[str]) -> float:
    """Seconds that stages took, also in earlier runs."""
    records = [read_record(pipeline.stage(name).folder / DONE)
               for name in names]
    return sum(record['seconds'] for record in records if record)
