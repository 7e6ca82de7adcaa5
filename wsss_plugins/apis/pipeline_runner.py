"""Run the stages of a pipeline: skip what is done, resume what was cut off."""
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ..structures import UserError, write_json
from .pipeline import Pipeline, Stage, shell_line

DONE = 'done.json'
_LOCK = '.lock'


class PipelineRunner:
    """Runs a pipeline's stages as commands, one after another.

    Args:
        pipeline (Pipeline): What to run.
        gpus (int): Processes for each train and test stage. Defaults to 1.
    """

    def __init__(self, pipeline: Pipeline, gpus: int = 1) -> None:
        self.pipeline = pipeline
        self.gpus = gpus

    def run(self,
            first: str | None = None,
            last: str | None = None,
            force: Sequence[str] = (),
            dry_run: bool = False) -> None:
        """Run the stages from ``first`` to ``last``.

        Args:
            first, last (str, optional): Names of stages.
            force (Sequence[str]): Stages to run although they are done.
            dry_run (bool): Only print the commands.

        Raises:
            UserError: If a stage fails, or was done with another config.
        """
        stages = self._chosen(first, last)
        for name in force:
            self.pipeline.stage(name)
        if dry_run:
            for stage in stages:
                print(self._headline(stage), flush=True)
                print('  $', self._preview(stage), flush=True)
            return
        self.pipeline.work_dir.mkdir(parents=True, exist_ok=True)
        lock = _lock(self.pipeline.work_dir)
        try:
            for stage in stages:
                self._run_stage(stage, stage.name in force)
        finally:
            lock.unlink(missing_ok=True)

    def _chosen(self, first: str | None, last: str | None) -> list[Stage]:
        names = [stage.name for stage in self.pipeline.stages]
        start = names.index(self.pipeline.stage(first).name) if first else 0
        end = (names.index(self.pipeline.stage(last).name)
               if last else len(names) - 1)
        if start > end:
            raise UserError(f'--from {first} comes after --to {last}')
        return self.pipeline.stages[start:end + 1]

    def _headline(self, stage: Stage) -> str:
        number = self.pipeline.stages.index(stage) + 1
        return f'[{number}/{len(self.pipeline.stages)}] {stage.name}'

    def _preview(self, stage: Stage) -> str:
        try:
            return shell_line(self.pipeline.command(stage, self.gpus))
        except UserError:
            # Not trained yet: show where its checkpoint will come from.
            return (f'python tools/test.py {stage.program} '
                    f'LAST_CHECKPOINT_OF({stage.checkpoint})')

    def _run_stage(self, stage: Stage, force: bool) -> None:
        print(self._headline(stage), flush=True)
        fingerprint = self.pipeline.fingerprint(stage)
        done = stage.folder / DONE
        if force:
            shutil.rmtree(stage.folder, ignore_errors=True)
        if not stage.external and _is_done(stage, done, fingerprint):
            print('  done already', flush=True)
            return
        command = self.pipeline.command(stage, self.gpus)
        print('  $', shell_line(command), flush=True)
        started = time.time()
        status = self._execute(stage, command)
        if status:
            raise UserError(
                f'stage {stage.name} failed with status {status}; see '
                f'{stage.folder / "stage.log"}; to go on: {self.resume_line()}'
            )
        seconds = round(time.time() - started, 1)
        write_json(
            done,
            dict(
                fingerprint=fingerprint,
                command=shell_line(command),
                seconds=seconds),
            indent=1)
        print(f'  finished in {seconds:.0f} s', flush=True)

    def resume_line(self) -> str:
        """Command that goes on where the pipeline stopped."""
        return shell_line([
            sys.executable, 'tools/run_pipeline.py', self.pipeline.path,
            '--work-dir',
            str(self.pipeline.work_dir)
        ])

    def _execute(self, stage: Stage, command: list[str]) -> int:
        """Run a command; its output goes to the terminal and to a log."""
        stage.folder.mkdir(parents=True, exist_ok=True)
        environment = dict(os.environ, PYTHONUNBUFFERED='1')
        process = subprocess.Popen(
            command,
            cwd=self.pipeline.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        with open(stage.folder / 'stage.log', 'ab') as log:
            try:
                while chunk := process.stdout.read1():
                    sys.stdout.buffer.write(chunk)
                    sys.stdout.flush()
                    log.write(chunk)
            except BaseException:
                process.terminate()
                raise
            finally:
                process.wait()
        return process.returncode


def _is_done(stage: Stage, done: Path, fingerprint: dict) -> bool:
    """Whether the stage is done with this very config.

    Raises:
        UserError: If it is done, or begun, with another.
    """
    begun = stage.folder / 'begun.json'
    record = done if done.is_file() else begun
    if record.is_file():
        found = json.loads(record.read_text())['fingerprint']
        for key in sorted({*found, *fingerprint}):
            if found.get(key) != fingerprint.get(key):
                raise UserError(
                    f'stage {stage.name} in {stage.folder} was made by another'
                    f' config ({key} differs: {found.get(key)!r}, now '
                    f'{fingerprint.get(key)!r}); delete that folder or choose '
                    'another --work-dir')
    if done.is_file():
        return True
    write_json(begun, dict(fingerprint=fingerprint), indent=1)
    return False


def _lock(work_dir: Path) -> Path:
    """Keep a second runner out of a work dir.

    Raises:
        UserError: If one is at work.
    """
    path = work_dir / _LOCK
    if path.is_file():
        owner = path.read_text().strip()
        if owner.isdigit() and Path('/proc', owner).exists():
            raise UserError(f'{work_dir}: process {owner} runs a pipeline '
                            'here; wait for it or choose another --work-dir')
    path.write_text(str(os.getpid()))
    return path
