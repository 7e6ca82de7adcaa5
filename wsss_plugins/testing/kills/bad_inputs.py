"""Stages that read damaged files: a result, or one clear line."""
import re
import shutil
from functools import partial
from pathlib import Path

from ...pipelines.forking.script import run_script
from ...pipelines.pipeline import Pipeline
from ...pipelines.stage import Stage
from . import artifacts
from .campaign import Campaign
from .damage import damage
from .forked import Forked

_TIMEOUT = 300
_LONGEST_LINE = 8000
# What the interpreter says of its own objects; users know nothing of them.
_INNER = re.compile(
    r'\b(Index|Type|Key|Attribute|Overflow|Unicode\w*|Memory|Recursion|'
    r'ZeroDivision|Assertion)Error\b|it has a fault|object of type|'
    r'not subscriptable|list indices must|index out of range')


class BadInputs:
    """Damages inputs of a pipeline's stages, one at a time.

    Args:
        campaign (Campaign): With an undisturbed run in ``whole``; draws
            stages, files and damages.
    """

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.rng, self.say = campaign.rng, campaign.say
        folder, options = campaign.folder, campaign.options
        self.whole = folder / 'whole'
        self.folder = folder / 'damaged'
        self.work, self.data = self.folder / 'work', self.folder / 'data'
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.whole, self.work)
        shutil.copytree(folder / 'data', self.data)
        self.pipeline = Pipeline(
            str(campaign.path), dict(options, data_root=str(self.data)),
            str(self.work))
        self.stages = [stage for stage in self.pipeline.stages
                       if not stage.external and stage.folder.is_dir()]
        self.count, self.refused = 0, 0
        self.faults: list[str] = []

    def run(self, count: int) -> list[str]:
        """Try so many damaged inputs; what went wrong."""
        for _ in range(count):
            self._try()
        return self.faults

    def _try(self) -> None:
        stage = self.rng.choice(self.stages)
        path = self._input(stage)
        kept = self.folder / 'kept'
        shutil.copyfile(path, kept)
        done = damage(path, self.rng)
        name = path.relative_to(self.folder)
        what = f'{stage.name}, {name} ({done})'
        status, log = self._run(stage)
        fault = judge(status, log)
        _remove(path)
        shutil.copyfile(kept, path)
        if status:
            self.refused += 1
            fault = fault or self._again(stage)
        self.count += 1
        self.say(f'  input {self.count}: {what}: {fault or _end(log)[:150]}')
        if fault:
            self.faults.append(f'{what}: {fault}\n{log[-1500:]}')
        shutil.rmtree(stage.folder)
        shutil.copytree(self.whole / stage.name, stage.folder)

    def _input(self, stage: Stage) -> Path:
        """A file that it reads, any kind alike."""
        files = [self.folder / _moved(name)
                 for name in self.campaign.reads[stage.name]]
        files = [path for path in files if path.is_file()
                 and stage.folder not in path.parents]
        kind = self.rng.choice(sorted({path.suffix for path in files}))
        return self.rng.choice([p for p in files if p.suffix == kind])

    def _run(self, stage: Stage) -> tuple[int | None, str]:
        """Exit status and output of a stage that begins anew."""
        shutil.rmtree(stage.folder)
        stage.folder.mkdir()
        log = self.folder / 'log.txt'
        log.unlink(missing_ok=True)
        try:
            words = self.pipeline.command(stage)[1:]
        except Exception as error:
            # The runner looks for checkpoints before it starts a stage.
            return 2, f'error: {error}'
        process = Forked(partial(run_script, words), log)
        status = process.wait(_TIMEOUT)
        process.end()
        return status, log.read_text(errors='replace')

    def _again(self, stage: Stage) -> str:
        """Whether a refused input, made good, gives the right result."""
        status, log = self._run(stage)
        if status:
            return f'made good, status {status}: {_end(log)}'
        different = artifacts.differences(self.whole / stage.name,
                                          stage.folder)
        return f'made good, {different[0]}' if different else ''


def judge(status: int | None, log: str) -> str:
    """What is wrong with the end of a tool; empty if nothing is.

    Args:
        status (int, optional): Exit status; None if it had to be stopped.
        log (str): Its output.
    """
    if status is None:
        return 'had to be stopped'
    if 'Traceback (most recent call last)' in log:
        return 'a traceback'
    if status == 0:
        return ''
    last = _end(log)
    if status < 0:
        return f'ended by signal {-status}'
    if not last.startswith('error: ') or len(last) > _LONGEST_LINE:
        return f'status {status} without a clear line'
    return 'an inner exception as reason' if _INNER.search(last) else ''


def _end(log: str) -> str:
    """The last message, which may have several lines."""
    lines = [line for line in log.replace('\r', '\n').splitlines() if line]
    starts = [i for i, line in enumerate(lines) if line.startswith('error: ')]
    return '\n'.join(lines[starts[-1]:] if starts else lines[-1:])


def _moved(name: str) -> str:
    head, _, rest = name.partition('/')
    return f'work/{rest}' if head == 'whole' else name


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
