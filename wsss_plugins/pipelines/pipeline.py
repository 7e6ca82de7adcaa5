"""What a pipeline file says: stages, and their commands."""
import re
import shlex
import sys
from pathlib import Path

from ..structures import UserError
from .checks import check_entry, check_report
from .commands import ShellText, flat_options, option_words
from .custom_imports import import_modules
from .placeholders import PLACEHOLDER, Placeholders, strings
from .places import find_pipeline, find_program, find_tool, shown
from .reading import RESERVED, override, read_pipeline
from .stage import NO_CHECKPOINT, STAGE_KINDS, Stage


class Pipeline:
    """A checked pipeline file.

    The file is plain Python with ``title``, ``work_dir``, ``stages`` (a list
    of dicts, see :mod:`wsss_plugins.pipelines.stages.common`) and optionally
    ``data_root``, ``classes``, ``report`` and ``custom_imports`` (modules that
    register parts of the report). In strings, ``{X}`` stands for another
    top-level string or number of the file, for the folder of an earlier stage
    X, or for the stage's own folder (``{stage_dir}``). As a ``checkpoint``,
    ``{X}`` is the last checkpoint of train stage X; in ``cfg_options``,
    ``{X}/last_checkpoint`` is.
    ``data_root`` and ``work_dir`` are relative to the working folder, and
    become absolute. Scripts and configs are found by
    :func:`wsss_plugins.pipelines.places.find_program`.

    Args:
        path (str): The pipeline file; looked for in the working folder, and
            then in the package.
        options (dict, optional): Overrides of its entries.
        work_dir (str, optional): Override of ``work_dir``.

    Raises:
        UserError: For anything that is missing, unknown or named twice.
    """

    def __init__(self,
                 path: str,
                 options: dict | None = None,
                 work_dir: str | None = None) -> None:
        self.path = str(path)
        self.here = Path.cwd()
        found = find_pipeline(self.path)
        self.home = found.parent
        self.cfg = read_pipeline(found)
        self.options = override(self.path, self.cfg, options or {})
        if work_dir:
            self.cfg.work_dir = work_dir
        import_modules(self.path, self.cfg.get('custom_imports', []),
                       self.home)
        for key in ('title', 'work_dir', 'stages'):
            if not self.cfg.get(key):
                raise UserError(f'{path}: a pipeline needs {key}')
            if key != 'stages' and not isinstance(self.cfg[key], str | Path):
                raise UserError(f'{path}: {key}={self.cfg[key]!r} is not a '
                                'text')
        self.work_dir = Path(self.cfg.work_dir).resolve()
        for entry in self.cfg.stages:
            check_entry(self.path, entry)
        self.placeholders = Placeholders(self.path, self._values())
        self.stages: list[Stage] = []
        for entry in self.cfg.stages:
            self.stages.append(self._stage(entry))
        names = [stage.name for stage in self.stages]
        check_report(self.path, self.cfg.get('report', {}), names)
        self.fill(self.cfg.get('report', {}))

    @property
    def values(self) -> dict[str, str | int | float]:
        """Placeholders: values of the file, and folders of stages."""
        return self.placeholders.values

    def _values(self) -> dict[str, str | int | float]:
        values = {
            key: value
            for key, value in self.cfg.items()
            if isinstance(value, (str, int, float))
        }
        for key in ('work_dir', 'data_root'):
            if key in values:
                values[key] = str(Path(values[key]).resolve())
        for entry in self.cfg.stages:
            name = entry['name']
            if name in values or name in RESERVED:
                raise UserError(f'{self.path}: {name!r} names two things; '
                                'rename the stage')
            values[name] = str(self.work_dir / name)
        return values

    def _stage(self, entry: dict) -> Stage:
        name, kind = entry['name'], STAGE_KINDS[entry['kind']]
        where = f'{self.path}: stage {name}'
        self._check_order(where, entry)
        entry = self.fill(dict(entry), name)
        checkpoint = entry.get('checkpoint', NO_CHECKPOINT)
        stage = Stage(
            name=name,
            kind=entry['kind'],
            program=find_program(where, entry[kind.program], self.home),
            folder=self.work_dir / name,
            script=self._script(where, entry),
            own_script=kind.script is not None and 'script' in entry,
            arguments=[str(a) for a in entry.get('args', [])],
            cfg_options=flat_options(entry.get('cfg_options', {})),
            checkpoint=checkpoint,
            tta=entry.get('tta', False),
            external=entry.get('external', False),
            inputs=[Path(path) for path in entry.get('inputs', [])])
        self._find_training(where, stage)
        stage.needs = self._needs(stage)
        option_words(where, stage.cfg_options)
        return stage

    def _check_order(self, where: str, entry: dict) -> None:
        """Folders of later stages hold nothing yet."""
        known = [*(stage.name for stage in self.stages), entry['name']]
        later = {e['name'] for e in self.cfg.stages} - set(known)
        for text in strings(entry):
            for word in set(PLACEHOLDER.findall(text)) & later:
                raise UserError(f'{where} uses {{{word}}}, which comes '
                                'later; change their order')

    def _script(self, where: str, entry: dict) -> Path | None:
        kind = STAGE_KINDS[entry['kind']]
        if kind.script is None:
            return None
        if 'script' in entry:
            return find_program(where, entry['script'], self.home)
        # Never one of the working folder: other projects have tools/train.py.
        return find_tool(kind.script)

    def _find_training(self, where: str, stage: Stage) -> None:
        """A checkpoint that is a stage's folder is its last one."""
        for entry in self.cfg.stages:
            if stage.checkpoint != self.values[entry['name']]:
                continue
            if not STAGE_KINDS[entry['kind']].trains or (
                    entry['name'] == stage.name):
                raise UserError(f'{where}: checkpoint {{{entry["name"]}}} is '
                                'no earlier train stage; name one, or a file')
            stage.checkpoint, stage.trained_by = '', entry['name']

    def _needs(self, stage: Stage) -> list[str]:
        """Stages whose folder occurs in a text, by placeholder or not."""
        texts = [*stage.arguments, stage.checkpoint,
                 *strings(stage.cfg_options)]
        needs = []
        for other in self.stages:
            folder = re.compile(re.escape(str(other.folder)) + r'(?![\w.-])')
            if not other.external and (
                    stage.trained_by == other.name
                    or any(folder.search(text) for text in texts)):
                needs.append(other.name)
        return needs

    def fill(self, value, stage: str | None = None):
        """Replace placeholders in strings, lists and dicts.

        Args:
            value (object): What may hold placeholders.
            stage (str, optional): Stage that ``{stage_dir}`` stands for.
                Without one, ``{name}`` is left for the report to fill in.
        """
        return self.placeholders.fill(
            value, None if stage is None else self.values[stage])

    def stage(self, name: str) -> Stage:
        """The stage of a name."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise UserError(f'no stage {name!r}; there are '
                        f'{", ".join(s.name for s in self.stages)}')

    def command(self,
                stage: Stage,
                gpus: int = 1,
                resume: bool = False,
                preview: bool = False) -> list[str]:
        """The command of a stage, to be run from the working folder.

        Args:
            stage (Stage): Which.
            gpus (int): Processes of train and test stages.
            resume (bool): Go on with a training.
            preview (bool): A checkpoint that is not there yet may be written
                as a text for the shell to expand.
        """
        program = shown(stage.program, self.here)
        if stage.script is None:
            return [sys.executable, program, *stage.arguments]
        words = [*self._launcher(stage, gpus), program]
        if stage.traits.tests:
            words.append(self._checkpoint(stage, preview))
        if gpus > 1:
            words.append(str(gpus))
        words += ['--work-dir', str(stage.folder)]
        words += ['--resume'] * resume + ['--tta'] * stage.tta
        return words + self._option_words(stage, preview)

    def _option_words(self, stage: Stage, preview: bool) -> list[str]:
        """Options; files that name checkpoints become the checkpoints."""
        trainings = {str(other.pointer): other for other in self.stages
                     if other.traits.trains}
        known, waiting = {}, []
        for key, value in stage.cfg_options.items():
            if isinstance(value, str) and value in trainings:
                value = self._last_checkpoint(trainings[value], preview)
            if isinstance(value, ShellText):
                waiting.append(ShellText(f'{key}={value}'))
            else:
                known[key] = value
        words = option_words(stage.name, known)
        return (words or ['--cfg-options'] * bool(waiting)) + waiting

    def _launcher(self, stage: Stage, gpus: int) -> list[str]:
        """The script; of several processes the launcher beside it."""
        if gpus == 1:
            return [sys.executable, shown(stage.script, self.here)]
        launcher = stage.script.with_name(f'dist_{stage.script.stem}.sh')
        if not launcher.is_file():
            raise UserError(f'{launcher}: not found; write it, or run stage '
                            f'{stage.name} without --gpus')
        return ['bash', shown(launcher, self.here)]

    def _checkpoint(self, stage: Stage, preview: bool) -> str:
        """A file; a train stage stands for its last one."""
        if stage.trained_by is None:
            return stage.checkpoint
        return self._last_checkpoint(self.stage(stage.trained_by), preview)

    def _last_checkpoint(self, training: Stage, preview: bool) -> str:
        pointer = training.pointer
        if preview and not pointer.is_file():
            path = shlex.quote(shown(pointer, self.here))
            return ShellText(f'"$(cat {path})"')
        if not pointer.is_file():
            raise UserError(f'{pointer}: not found; run stage '
                            f'{training.name} first')
        # By its name only: the folder may have been moved since.
        path = training.folder / Path(pointer.read_text().strip()).name
        if not path.is_file():
            raise UserError(f'{path}: named by {pointer} but not there; run '
                            f'with --force {training.name}')
        return str(path)

    def option_words(self) -> list[str]:
        """Words of a command line that repeat the overrides."""
        return option_words(self.path, self.options)
