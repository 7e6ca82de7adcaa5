"""Run the stages of a pipeline: skip what is done, resume what was cut off."""
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from ..structures import UserError
from .commands import shell_line
from .durations import duration
from .forking.choice import stage_starter
from .forking.scopes import scopes_of
from .lock import work_dir_lock
from .pipeline import Pipeline
from .process import ending, run_logged
from .progress import Everything
from .stage import Stage
from .starting import Start, start_interpreter
from .state import BEGUN, DONE, PipelineState, StageChanged, read_record


class StageInterrupted(UserError):
    """The user stopped a stage; the message says how to go on."""


@dataclass
class Step:
    """What a run does about a stage.

    Attributes:
        stage (Stage): Which.
        action (str): ``'skip'`` (it is done), ``'run'``, ``'resume'`` or
            ``'fresh'`` (its folder is emptied first).
        why (str): Why it is made anew, if it is.
    """
    stage: Stage
    action: str
    why: str = ''


class PipelineRunner:
    """Runs a pipeline's stages as commands, one after another.

    Args:
        pipeline (Pipeline): What to run.
        gpus (int): Processes for each train and test stage. Defaults to 1.
        display (Everything, optional): Shows the output of stages. Defaults
            to one that shows all of it.
        execute (Callable): Runs a command, as :func:`.process.run_logged`.
    """

    def __init__(self,
                 pipeline: Pipeline,
                 gpus: int = 1,
                 display: Everything | None = None,
                 execute: Callable[..., int] = run_logged) -> None:
        if gpus < 1:
            raise UserError(f'--gpus {gpus}: count from 1')
        self.pipeline = pipeline
        self.gpus = gpus
        self.display = display or Everything()
        self.execute = execute
        self.state = PipelineState(pipeline)

    def run(self,
            first: str | None = None,
            last: str | None = None,
            force: Sequence[str] = (),
            dry_run: bool = False,
            redo: bool = False) -> None:
        """Run the stages from ``first`` to ``last``.

        Args:
            first, last (str, optional): Names of stages.
            force (Sequence[str]): Stages to run although they are done, and
                with them the chosen ones that read their outputs. Their
                folders are emptied.
            dry_run (bool): Only print the commands; nothing is written.
            redo (bool): Make stages anew that were made from something else
                than they would be now, in place of refusing them.

        Raises:
            UserError: If a stage fails, or was done with another config.
        """
        if dry_run:
            steps = self.plan(first, last, force, redo)
            print(self._typed(['cd', str(self.pipeline.here)]))
            for step in steps:
                self._preview(step)
            return
        with work_dir_lock(self.pipeline.work_dir) as lock:
            steps = self.plan(first, last, force, redo)
            # All at once: if this run is cut off, the next one needs no
            # --force to tell which outputs are out of date.
            for step in steps:
                if step.action == 'fresh':
                    self._empty(step.stage)
            self.display.plan([step.stage.name for step in steps
                               if step.action != 'skip'])
            with self._starter(steps) as start:
                for step in steps:
                    self._run_step(step, lock, start)

    def _starter(self, steps: list[Step]) -> AbstractContextManager[Start]:
        """How processes begin: forked, where stages share their imports."""
        stages = [step.stage for step in steps
                  if step.action != 'skip' and self.gpus == 1
                  and step.stage.traits.modules and not step.stage.own_script]
        if len(stages) < 2:
            return nullcontext(start_interpreter)
        modules = {name: None for stage in stages
                   for name in stage.traits.modules}
        scopes = {name for stage in stages
                  for name in scopes_of(self.state.config(stage))}
        return stage_starter(list(modules), sorted(scopes))

    def plan(self,
             first: str | None = None,
             last: str | None = None,
             force: Sequence[str] = (),
             redo: bool = False) -> list[Step]:
        """What is to be done, all stages checked before any runs.

        Raises:
            UserError: If a stage was made by another config and is not to be
                made anew, or reads one that is neither done nor among the
                chosen.
        """
        chosen = self._chosen(first, last)
        forced = self._forced(force, chosen)
        steps: list[Step] = []
        for stage in chosen:
            if stage.name in forced:
                action = 'run' if stage.external else 'fresh'
                step = Step(stage, action, 'it was asked for')
            else:
                step = self._step(stage, steps, redo)
            self._check_needs(stage, step.action, steps)
            steps.append(step)
        return steps

    def _step(self, stage: Stage, before: list[Step], redo: bool) -> Step:
        """What is to be done about a stage that is not forced."""
        try:
            state = self.state.look(stage)
        except StageChanged as changed:
            if not redo:
                raise
            return Step(stage, 'fresh', changed.why)
        anew = [step.stage.name for step in before
                if step.action == 'fresh' and step.stage.name in stage.needs]
        if redo and anew and state != 'new':
            return Step(stage, 'fresh', f'stage {anew[0]} is made anew')
        return Step(stage,
                    dict(done='skip', begun='resume', new='run')[state])

    def _chosen(self, first: str | None, last: str | None) -> list[Stage]:
        names = [stage.name for stage in self.pipeline.stages]
        start = names.index(self.pipeline.stage(first).name) if first else 0
        end = (names.index(self.pipeline.stage(last).name)
               if last else len(names) - 1)
        if start > end:
            raise UserError(f'--from {first} comes after --to {last}')
        return self.pipeline.stages[start:end + 1]

    def _forced(self, force: Sequence[str], chosen: list[Stage]) -> set[str]:
        """Forced stages and those that read them, directly or not."""
        names = [stage.name for stage in chosen]
        for name in force:
            if self.pipeline.stage(name).name not in names:
                raise UserError(f'--force {name}: not among the stages to '
                                f'run, {", ".join(names)}')
        forced = set(force)
        for stage in chosen:
            if forced & set(stage.needs):
                forced.add(stage.name)
        return forced

    def _check_needs(self, stage: Stage, action: str,
                     steps: list[Step]) -> None:
        planned = {step.stage.name for step in steps}
        for name in stage.needs:
            if name in planned or action == 'skip':
                continue
            if self.state.look(self.pipeline.stage(name)) != 'done':
                raise UserError(f'stage {stage.name} reads stage {name}, '
                                f'which is not done; run with --from {name}')

    def status_lines(self) -> list[str]:
        """A line for each stage: number, name, kind, state."""
        lines = []
        width = max(len(stage.name) for stage in self.pipeline.stages)
        for stage in self.pipeline.stages:
            try:
                state = self.state.look(stage)
            except UserError as error:
                state = f'changed: {error}'
            record = read_record(stage.folder / DONE)
            if state == 'done':
                state += f' in {duration(record["seconds"])}'
            elif stage.external:
                state = 'asked each time'
            lines.append(f'{self._number(stage):7} {stage.name:{width}} '
                         f'{stage.kind:5} {state}')
        return lines

    def _number(self, stage: Stage) -> str:
        number = self.pipeline.stages.index(stage) + 1
        return f'[{number}/{len(self.pipeline.stages)}]'

    def _command(self, step: Step, preview: bool = False) -> list[str]:
        stage = step.stage
        resume = stage.traits.trains and step.action == 'resume'
        return self.pipeline.command(stage, self.gpus, resume, preview)

    def _typed(self, command: list[str]) -> str:
        return f'  $ {shell_line(command, self.pipeline.here)}'

    def _preview(self, step: Step) -> None:
        print(f'{self._number(step.stage)} {step.stage.name}{_note(step)}')
        if step.action != 'skip':
            print(self._typed(self._command(step, preview=True)))

    def _run_step(self, step: Step, lock: int, start: Start) -> None:
        stage, headline = step.stage, f'{self._number(step.stage)} '
        headline += stage.name
        print(f'{headline}{_note(step)}', flush=True)
        if step.action == 'skip':
            return
        command = self._command(step)
        if not stage.external:
            self.state.begin(stage)
        print(self._typed(command), flush=True)
        started = time.monotonic()
        status = self._execute(stage, command, lock, start)
        seconds = time.monotonic() - started
        if status:
            raise UserError(f'stage {stage.name} {ending(status)} after '
                            f'{duration(seconds)}; {self._advice(stage)}')
        self.state.finish(stage, shell_line(command), seconds)
        print(f'{headline}: finished in {duration(seconds)}', flush=True)

    def _execute(self, stage: Stage, command: list[str], lock: int,
                 start: Start) -> int:
        """Run a command; its output goes to the terminal and to a log."""
        stage.folder.mkdir(parents=True, exist_ok=True)
        log = stage.folder / 'stage.log'
        self.display.begin(stage.name)
        try:
            return self.execute(command, log, self.pipeline.here, [lock],
                                display=self.display, start=start)
        except KeyboardInterrupt:
            raise StageInterrupted(f'stage {stage.name} interrupted; '
                                   f'{self._advice(stage)}') from None
        finally:
            self.display.end()

    @staticmethod
    def _empty(stage: Stage) -> None:
        """Delete the outputs of a stage, and never anything else."""
        folder = stage.folder
        records = [folder / name for name in (BEGUN, DONE)]
        if folder.is_dir() and any(folder.iterdir()):
            if not any(record.is_file() for record in records):
                raise UserError(f'{folder}: not made by this runner, so it is '
                                'not emptied; move it away')
            shutil.rmtree(folder)

    def _advice(self, stage: Stage) -> str:
        words = [sys.executable, '-m', __package__, self.pipeline.path,
                 '--work-dir', str(self.pipeline.work_dir)]
        words += ['--gpus', str(self.gpus)] * (self.gpus > 1)
        try:
            words += self.pipeline.option_words()
            more = ''
        except UserError:
            # What went wrong is more important than this.
            more = ' with the same options'
        return (f'log: {stage.folder / "stage.log"}; to go on: '
                f'{shell_line(words, self.pipeline.here)}{more}')


def _note(step: Step) -> str:
    if step.action == 'fresh':
        return f': anew, since {step.why}'
    return ': done already' * (step.action == 'skip')
