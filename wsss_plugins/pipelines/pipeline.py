"""What a pipeline file says: stages, and their commands."""
import argparse
import re
import runpy
import shlex
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mmengine.config import Config, DictAction

from ..structures import UserError
from .checks import check_entry, check_report

_NO_CHECKPOINT = 'none'
_TOP_LEVEL = ('title', 'data_root', 'work_dir', 'stages', 'report', 'classes')
# The runner and the report fill these in; a file cannot define them.
_RESERVED = ('name', 'stage_dir')
_PLACEHOLDER = re.compile(r'\{([\w.-]+)\}')


@dataclass
class Stage:
    """One stage of a pipeline, placeholders filled in.

    Attributes:
        name (str): Its name, and that of its folder.
        kind (str): ``'tool'`` (a script), ``'train'`` or ``'test'``.
        program (str): Script or config, relative to the project.
        folder (Path): Its own folder in the work dir.
        arguments (list[str]): Of a tool.
        cfg_options (dict): Of train and test.
        checkpoint (str): A file, or ``'none'``; empty if ``trained_by``.
        trained_by (str, optional): Train stage whose last checkpoint is used.
        tta (bool): Whether to test with augmentation.
        external (bool): The tool itself knows whether it is done: it is
            always asked, and nothing is remembered of it.
        needs (list[str]): Stages whose outputs it reads, external ones left
            out.
    """
    name: str
    kind: str
    program: str
    folder: Path
    arguments: list[str] = field(default_factory=list)
    cfg_options: dict = field(default_factory=dict)
    checkpoint: str = _NO_CHECKPOINT
    trained_by: str | None = None
    tta: bool = False
    external: bool = False
    needs: list[str] = field(default_factory=list)


class ShellText(str):
    """A word of a command that a shell is to expand, so is not quoted."""


class Pipeline:
    """A checked pipeline file.

    The file is plain Python with ``title``, ``work_dir``, ``stages`` (a list
    of dicts, see :mod:`wsss_plugins.pipelines.stages.common`) and optionally
    ``data_root``, ``classes`` and ``report``. In strings, ``{X}`` stands for
    another top-level string or number of the file, for the folder of an
    earlier stage X, or for the stage's own folder (``{stage_dir}``). As a
    ``checkpoint``, ``{X}`` is the last checkpoint of train stage X.
    ``data_root`` and ``work_dir`` become absolute; scripts and configs are
    relative to the project, the folder above the file that holds ``tools/``.

    Args:
        path (str): The pipeline file.
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
        self.options = options or {}
        self.cfg = Config(_read(self.path))
        self._override(work_dir)
        for key in ('title', 'work_dir', 'stages'):
            if not self.cfg.get(key):
                raise UserError(f'{path}: a pipeline needs {key}')
        self.work_dir = Path(self.cfg.work_dir).resolve()
        self.root = _project_root(self.path)
        for entry in self.cfg.stages:
            check_entry(self.path, entry)
        self.values = self._values()
        self.stages: list[Stage] = []
        for entry in self.cfg.stages:
            self.stages.append(self._stage(entry))
        names = [stage.name for stage in self.stages]
        check_report(self.path, self.cfg.get('report', {}), names)
        self.fill(self.cfg.get('report', {}))

    def _override(self, work_dir: str | None) -> None:
        """Apply options; texts stay texts, or they could name no folder."""
        texts = {k for k, v in self.cfg.items() if isinstance(v, str)}
        for key, value in self.options.items():
            if key.split('.')[0] not in self.cfg:
                raise UserError(f'{self.path}: no entry {key!r} to override; '
                                f'there are {", ".join(self.cfg.keys())}')
            if key in texts and isinstance(value, (list, tuple, dict)):
                raise UserError(f'{self.path}: {key}={value} must be a text '
                                'without commas and brackets')
            self.options[key] = str(value) if key in texts else value
        try:
            self.cfg.merge_from_dict(self.options)
        except (KeyError, TypeError) as error:
            raise UserError(f'{self.path}: cannot override '
                            f'{", ".join(self.options)} ({error})') from None
        if work_dir:
            self.cfg.work_dir = work_dir

    def _values(self) -> dict[str, str | int | float]:
        """Placeholders: values of the file, and folders of stages."""
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
            if name in values or name in _RESERVED:
                raise UserError(f'{self.path}: {name!r} names two things; '
                                'rename the stage')
            values[name] = str(self.work_dir / name)
        return {
            key: _expanded(self.path, key, values)
            for key in values if key != 'title'
        }

    def _stage(self, entry: dict) -> Stage:
        name, kind = entry['name'], entry['kind']
        known = [*(stage.name for stage in self.stages), name]
        later = {e['name'] for e in self.cfg.stages} - set(known)
        for text in _strings(entry):
            for word in set(_PLACEHOLDER.findall(text)) & later:
                raise UserError(f'{self.path}: stage {name} uses {{{word}}}, '
                                'which comes later; change their order')
        program = entry.get('script' if kind == 'tool' else 'config')
        program = self.fill(program, name)
        if not (self.root / program).is_file():
            raise UserError(f'{self.path}: stage {name}: {program}: no such '
                            'file in the project')
        stage = Stage(
            name=name,
            kind=kind,
            program=program,
            folder=self.work_dir / name,
            arguments=[
                str(a) for a in self.fill(entry.get('args', []), name)
            ],
            cfg_options=_flat(self.fill(entry.get('cfg_options', {}), name)),
            tta=entry.get('tta', False),
            external=entry.get('external', False))
        self._set_checkpoint(stage, entry.get('checkpoint', _NO_CHECKPOINT))
        stage.needs = self._needs(stage)
        for key, value in stage.cfg_options.items():
            _option(f'{self.path}: stage {name}', key, value)
        return stage

    def _set_checkpoint(self, stage: Stage, value: str) -> None:
        match = _PLACEHOLDER.fullmatch(value)
        earlier = {s.name: s.kind for s in self.stages}
        if not match or match[1] not in {s['name'] for s in self.cfg.stages}:
            stage.checkpoint = self.fill(value, stage.name)
        elif earlier.get(match[1]) == 'train':
            stage.checkpoint, stage.trained_by = '', match[1]
        else:
            raise UserError(f'{self.path}: stage {stage.name}: checkpoint '
                            f'{value} is no earlier train stage; name one, '
                            'or a file')

    def _needs(self, stage: Stage) -> list[str]:
        """Stages whose folder occurs in a text, by placeholder or not."""
        texts = [*stage.arguments, stage.checkpoint,
                 *_strings(stage.cfg_options)]
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
        if isinstance(value, dict):
            return {k: self.fill(v, stage) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.fill(v, stage) for v in value]
        if not isinstance(value, str):
            return value
        values = dict(self.values)
        values.update(dict(stage_dir=self.values[stage]) if stage else dict(
            name='{name}'))
        return _replaced(self.path, value, values)

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
        """The command of a stage, to be run from the project's root.

        Args:
            stage (Stage): Which.
            gpus (int): Processes of train and test stages.
            resume (bool): Go on with a training.
            preview (bool): A checkpoint that is not there yet may be written
                as a text for the shell to expand.
        """
        if stage.kind == 'tool':
            return [sys.executable, stage.program, *stage.arguments]
        words = [sys.executable, f'tools/{stage.kind}.py', stage.program]
        if gpus > 1:
            words = ['bash', f'tools/dist_{stage.kind}.sh', stage.program]
        if stage.kind == 'test':
            words.append(self._checkpoint(stage, preview))
        if gpus > 1:
            words.append(str(gpus))
        words += ['--work-dir', str(stage.folder)]
        words += ['--resume'] * resume + ['--tta'] * stage.tta
        if stage.cfg_options:
            words.append('--cfg-options')
            words += [
                _option(stage.name, key, value)
                for key, value in stage.cfg_options.items()
            ]
        return words

    def _checkpoint(self, stage: Stage, preview: bool) -> str:
        """A file; a train stage stands for its last one."""
        if stage.trained_by is None:
            return stage.checkpoint
        folder = self.stage(stage.trained_by).folder
        pointer = folder / 'last_checkpoint'
        if preview and not pointer.is_file():
            return ShellText(f'"$(cat {shlex.quote(str(pointer))})"')
        if not pointer.is_file():
            raise UserError(f'{pointer}: not found; run stage '
                            f'{stage.trained_by} first')
        # By its name only: the folder may have been moved since.
        path = folder / Path(pointer.read_text().strip()).name
        if not path.is_file():
            raise UserError(f'{path}: named by {pointer} but not there; run '
                            f'with --force {stage.trained_by}')
        return str(path)

    def option_words(self) -> list[str]:
        """Words of a command line that repeat the overrides."""
        words = ['--cfg-options'] * bool(self.options)
        return words + [
            _option(self.path, key, value)
            for key, value in self.options.items()
        ]


def _read(path: str) -> dict:
    """Public values of a pipeline file, which is plain Python."""
    if not Path(path).is_file():
        raise UserError(f'{path}: pipeline file not found')
    try:
        values = runpy.run_path(path)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [f.lineno for f in frames if f.filename == path]
        line = getattr(error, 'lineno', None) or (lines or ['?'])[-1]
        raise UserError(f'{path}, line {line}: {type(error).__name__}: '
                        f'{error}; fix the file') from None
    values = {
        key: value
        for key, value in values.items() if not key.startswith('_')
        and isinstance(value, (str, int, float, list, tuple, dict))
    }
    for key, value in values.items():
        if key in _RESERVED:
            raise UserError(f'{path}: {key!r} has a meaning of its own in '
                            f'pipelines; name it _{key}')
        if isinstance(value, (list, tuple, dict)) and key not in _TOP_LEVEL:
            raise UserError(f'{path}: unknown entry {key!r}; known are '
                            f'{", ".join(_TOP_LEVEL)}; helpers begin with _')
    return values


def _replaced(path: str, text: str, values: dict[str, str | int | float]):
    """Fill in a text; one that is a placeholder only keeps its type."""

    def known(match: re.Match) -> str:
        if match[1] not in values:
            raise UserError(f'{path}: unknown placeholder {match[0]}; there '
                            f'are {", ".join(sorted(values))}')
        return str(values[match[1]])

    filled = _PLACEHOLDER.sub(known, text)
    whole = _PLACEHOLDER.fullmatch(text)
    return values[whole[1]] if whole else filled


def _expanded(path: str, key: str, values: dict[str, str | int | float]):
    """A top-level value with the others that it names filled in."""
    text = values[key]
    for _ in values:
        if not isinstance(text, str) or not _PLACEHOLDER.search(text):
            return text
        text = _replaced(path, text, values)
    raise UserError(f'{path}: {key} = {values[key]!r} names itself')


def _strings(value) -> Iterator[str]:
    """All strings in nested lists and dicts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))


def _flat(options: dict, prefix: str = '') -> dict:
    """Nested dicts as dotted keys, as a command line has them."""
    flat = {}
    for key, value in options.items():
        if isinstance(value, dict) and value:
            flat.update(_flat(value, f'{prefix}{key}.'))
        else:
            flat[prefix + key] = value
    return flat


def _option(where: str, key: str, value) -> str:
    """``key=value`` that the tools will read as this very value.

    Raises:
        UserError: If no such text exists, as for a path with a comma.
    """
    word = f'{key}={_text(value)}'
    parser = argparse.ArgumentParser()
    parser.add_argument('--options', nargs='+', action=DictAction)
    try:
        read = parser.parse_args(['--options', word]).options
    except AssertionError:  # brackets without their partner
        read = None
    if read != {key: value}:
        raise UserError(f'{where}: {key} = {value!r} cannot be given on a '
                        'command line (spaces, commas, brackets, or a text '
                        'like a number); rename, or write it into the config')
    return word


def _text(value) -> str:
    if isinstance(value, (list, tuple)):
        left, right = '()' if isinstance(value, tuple) else '[]'
        return left + ','.join(_text(v) for v in value) + right
    return str(value)


def shell_line(words: list[str]) -> str:
    """A command as one would type it."""
    return ' '.join(
        word if isinstance(word, ShellText) else shlex.quote(word)
        for word in ['python' if w == sys.executable else w for w in words])


def _project_root(path: str) -> Path:
    """The folder with ``tools/``, seen from the pipeline file."""
    for folder in Path(path).resolve().parents:
        if (folder / 'tools' / 'train.py').is_file():
            return folder
    raise UserError(f'{path}: no tools/train.py in a folder above; keep '
                    'pipelines in the project')
