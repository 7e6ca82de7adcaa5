"""Pipelines that are killed at random moments, again and again."""
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ...pipelines.lock import work_dir_lock
from ...pipelines.pipeline import Pipeline
from ...pipelines.process import ended_as_interrupted
from ...pipelines.runner import PipelineRunner
from ...reports.report import write_report
from ...structures import UserError
from . import artifacts
from .forked import Forked, import_all, run_script
from .short_pipeline import short_options
from .traps import kill_at_file, record_reads

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
_PATIENCE = 60  # seconds until what was killed must be gone
_LONGEST = 1800  # of a whole run
_ASKED = 10  # seconds that a stage has to end after it was asked to
_TICK = .02
_PIDS = 'stages.txt'


@dataclass
class Result:
    """What became of a pipeline.

    Attributes:
        kills (int): How many hit it.
        rounds (int): How often it was run to its end after some.
        faults (list[str]): Differences, and runs that did not go on.
        seconds (float): Of the undisturbed run.
    """
    kills: int = 0
    rounds: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.


class Campaign:
    """Kills one pipeline, lets it go on, and compares its results.

    Args:
        path (Path): Pipeline file.
        folder (Path): For data, work dirs and logs.
        rng (random.Random): Draws moments, signals and victims.
        last (str, optional): Last stage to run; all of them by default.
        say (Callable): Called with a line for each kill.

    Attributes:
        reads (dict[str, list[str]]): What each stage of the undisturbed run
            read, as paths below the folder.
    """

    def __init__(self, path: Path, folder: Path, rng: random.Random,
                 last: str | None = None,
                 say: Callable[[str], None] = print) -> None:
        import_all()
        self.path, self.folder, self.rng = path, folder, rng
        self.last, self.say = last, say
        folder.mkdir(parents=True, exist_ok=True)
        self.name = path.parent.name
        self.options = short_options(path, folder)
        self.result = Result()
        self.reads: dict[str, list[str]] = {}

    def run(self, kills: int, at_once: int = 15) -> Result:
        """Run it undisturbed, then with kills until there were enough.

        Args:
            kills (int): How many.
            at_once (int): After so many it may end, and is compared.
        """
        if not self.reads and not self.run_undisturbed():
            return self.result
        while self.result.kills < kills and not self.result.faults:
            self._round(min(at_once, kills - self.result.kills))
        return self.result

    def run_undisturbed(self) -> bool:
        """Run to the end in ``whole``; whether that worked."""
        started = time.monotonic()
        trap = partial(record_reads, self.folder, self.folder / 'reads')
        if not self.finish('whole', trap):
            return False
        self.result.seconds = time.monotonic() - started
        for pid, name in self._stage_pids():
            lines = (self.folder / f'reads.{pid}').read_text().splitlines()
            self.reads[name] = sorted({
                str(Path(line).relative_to(self.folder)) for line in lines})
        return True

    def _round(self, kills: int) -> None:
        work = self.folder / 'killed'
        shutil.rmtree(work, ignore_errors=True)
        wanted = self.result.kills + kills
        gap = max(1.5, 2 * self.result.seconds / kills)
        while self.result.kills < wanted:
            if self._disturb(work, gap):
                break
        if not self.finish(work.name):
            return
        self.result.rounds += 1
        different = artifacts.differences(self.folder / 'whole', work)
        different += [f'{path}: temporary file left over'
                      for path in artifacts.leftovers(work)]
        self.result.faults += different
        if different:
            kept = self.folder / f'different_{self.result.rounds}'
            shutil.move(work, kept)

    def finish(self, name: str,
               trap: Callable[[], None] | None = None) -> bool:
        """Run to the end; whether that worked."""
        process = self.start(self.folder / name, trap)
        status = process.wait(_LONGEST)
        process.end()
        if status:
            log = self.folder / f'{name}.log'
            self.result.faults.append(
                f'{name}: did not go on, status {status}; see {log}')
        return status == 0

    def _disturb(self, work: Path, gap: float) -> bool:
        """Run and kill; whether it came to its end before."""
        number = self.rng.choice(SIGNALS)
        if self.rng.random() < .5:
            # Few stages change many files.
            count = round(40**self.rng.random())
            process = self.start(work, partial(kill_at_file, count, number))
            how = f'itself at change {count} of files'
            process.wait(_LONGEST)
            hit = process.status != 0
        else:
            process = self.start(work)
            delay = self.rng.uniform(0, gap)
            process.wait(delay)
            hit = process.status is None
            victim = self._kill(process, number)
            how = f'{victim} after {delay:.2f} s'
            if victim == 'stage' and process.wait(_ASKED) is None:
                # It had ended just before, and the next one is under way.
                process.end()
        self._settle(process, work)
        if hit:
            self.result.kills += 1
            self.say(f'  kill {self.result.kills}: '
                     f'{signal.Signals(number).name} to {how}; '
                     f'{self._place(work)}')
        return not hit

    def _place(self, work: Path) -> str:
        words = self._stage_pids()
        return f'in stage {words[-1][1]}' if words else 'before any stage'

    def start(self, work: Path,
              trap: Callable[[], None] | None = None) -> Forked:
        """Start it, or let it go on.

        Args:
            work (Path): Its work dir.
            trap (Callable, optional): Called first in each stage's process.
        """
        (self.folder / _PIDS).unlink(missing_ok=True)
        return Forked(partial(self._pipeline, work, trap), f'{work}.log')

    @ended_as_interrupted()
    def _pipeline(self, work: Path, trap: Callable[[], None] | None) -> None:
        """What ``tools/run_pipeline.py`` does, its stages forked."""
        execute = partial(run_stage, trap=trap, pids=self.folder / _PIDS)
        try:
            pipeline = Pipeline(str(self.path), self.options, str(work))
            PipelineRunner(pipeline, execute=execute).run(last=self.last)
            write_report(pipeline)
        except UserError as error:
            print(f'error: {error}')
            raise SystemExit(2) from None
        except KeyboardInterrupt:
            raise SystemExit(130) from None

    def _stage_pids(self) -> list[tuple[int, str]]:
        try:
            lines = (self.folder / _PIDS).read_text().splitlines()
        except FileNotFoundError:
            return []
        words = [line.split(' ', 1) for line in lines]
        return [(int(pid), name) for pid, name in words]

    def _kill(self, process: Forked, number: int) -> str:
        """Kill the stage, the runner, or both; which of them."""
        stages = self._stage_pids()[-1:]
        victims = ('stage', 'runner', 'both') if stages else ('runner', )
        victim = self.rng.choice(victims)
        if victim != 'stage':
            process.send(number)
        if victim != 'runner':
            send_to_group(stages[0][0], number)
        return victim

    def _settle(self, process: Forked, work: Path) -> None:
        """Wait until nothing that was killed is at work any more."""
        if process.wait(_PATIENCE) is None:
            self.result.faults.append(f'{work}: the runner does not end')
        process.end()
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            try:
                with work_dir_lock(work):
                    return
            except UserError:
                time.sleep(_TICK)
        self.result.faults.append(f'{work}: a stage does not end')
        for pid, _ in self._stage_pids():
            send_to_group(pid, signal.SIGKILL)


def run_stage(command: list[str], log: Path, here: Path,
              descriptors: Sequence[int], trap: Callable[[], None] | None,
              pids: Path, display: object = None) -> int:
    """Run a stage in a forked process, in place of a new interpreter.

    Args:
        command (list[str]): Its words, the interpreter first.
        log (Path): File that its output is added to.
        here (Path): Working folder; this process is in it.
        descriptors (Sequence[int]): Kept open by forking.
        trap (Callable, optional): Called in the new process first.
        pids (Path): File that gets its process id and its name.
        display (object): Not used; nobody watches.

    Returns:
        int: Exit status; a negative signal number if it was killed.
    """
    process = Forked(partial(_stage, command[1:], trap), log)
    with open(pids, 'a') as file:
        file.write(f'{process.pid} {log.parent.name}\n')
    try:
        return process.wait(_LONGEST)
    except BaseException:
        process.send(signal.SIGINT, group=True)
        process.wait(_ASKED)
        raise
    finally:
        process.end()  # with data workers that outlive it


def _stage(words: list[str], trap: Callable[[], None] | None) -> None:
    if trap is not None:
        trap()
    run_script(words)


def send_to_group(pid: int, number: int) -> None:
    """Send a signal to a process and what it started, if it is there."""
    with suppress(ProcessLookupError):
        os.killpg(pid, number)
