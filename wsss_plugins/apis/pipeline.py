"""What a pipeline file says: stages, their commands and fingerprints."""
import hashlib
import json
import re
import runpy
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path

from mmengine.config import Config

from ..structures import UserError

KINDS = ('tool', 'train', 'test')
_STAGE_KEYS = {
    'tool': {'name', 'kind', 'script', 'args', 'external'},
    'train': {'name', 'kind', 'config', 'cfg_options'},
    'test': {'name', 'kind', 'config', 'cfg_options', 'checkpoint', 'tta'},
}
_NO_CHECKPOINT = 'none'


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
        checkpoint (str): Stage that trained the model, a file, or none.
        tta (bool): Whether to test with augmentation.
        external (bool): The tool itself knows whether it is done.
        needs (list[str]): Stages whose outputs it reads.
    """
    name: str
    kind: str
    program: str
    folder: Path
    arguments: list[str] = field(default_factory=list)
    cfg_options: dict = field(default_factory=dict)
    checkpoint: str = _NO_CHECKPOINT
    tta: bool = False
    external: bool = False
    needs: list[str] = field(default_factory=list)


class Pipeline:
    """A checked pipeline file.

    The file is plain Python with ``title``, ``work_dir``, ``stages`` (a list
    of dicts, see :mod:`wsss_plugins.apis.stages`) and optionally ``report``.
    In strings, ``{X}`` stands for another top-level string of the file, for
    the folder of stage X, or for the stage's own folder (``{stage_dir}``).

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
        if not Path(path).is_file():
            raise UserError(f'{path}: pipeline file not found')
        self.path = path
        self.cfg = Config(_read(path))
        self._check_options(options or {})
        self.cfg.merge_from_dict(options or {})
        if work_dir:
            self.cfg.work_dir = work_dir
        for key in ('title', 'work_dir', 'stages'):
            if key not in self.cfg:
                raise UserError(f'{path}: a pipeline needs {key}')
        self.work_dir = Path(self.cfg.work_dir).resolve()
        self.root = _project_root(path)
        self.values = self._values()
        self.stages = [self._stage(dict(entry)) for entry in self.cfg.stages]

    def _check_options(self, options: dict) -> None:
        for key in options:
            if key.split('.')[0] not in self.cfg:
                raise UserError(f'{self.path}: no entry {key!r} to override; '
                                f'there are {", ".join(self.cfg.keys())}')

    def _values(self) -> dict[str, str]:
        """Placeholders: strings of the file, and folders of stages."""
        values = {
            key: value
            for key, value in self.cfg.items() if isinstance(value, str)
        }
        values['work_dir'] = str(self.work_dir)
        if 'data_root' in values:
            values['data_root'] = str(Path(values['data_root']).resolve())
        for entry in self.cfg.stages:
            name = entry.get('name')
            if not name or not re.fullmatch(r'[\w.-]+', name):
                raise UserError(f'{self.path}: a stage is named {name!r}; use '
                                'letters, digits, _ - .')
            if name in values:
                raise UserError(f'{self.path}: {name!r} names two things')
            values[name] = str(self.work_dir / name)
        return values

    def _stage(self, entry: dict) -> Stage:
        name, kind = entry['name'], entry.get('kind')
        if kind not in KINDS:
            raise UserError(f'{self.path}: stage {name} is of kind {kind!r}; '
                            f'choose one of {", ".join(KINDS)}')
        unknown = sorted(set(entry) - _STAGE_KEYS[kind])
        if unknown:
            raise UserError(
                f'{self.path}: stage {name} has {", ".join(unknown)}; a {kind}'
                f' stage knows {", ".join(sorted(_STAGE_KEYS[kind]))}')
        program = entry.get('script' if kind == 'tool' else 'config')
        if not program or not (self.root / program).is_file():
            raise UserError(f'{self.path}: stage {name}: {program}: no such '
                            'file in the project')
        return Stage(
            name=name,
            kind=kind,
            program=program,
            folder=self.work_dir / name,
            arguments=self.fill(list(entry.get('args', [])), name),
            cfg_options=self.fill(dict(entry.get('cfg_options', {})), name),
            checkpoint=self.fill(
                entry.get('checkpoint', _NO_CHECKPOINT), name),
            tta=entry.get('tta', False),
            external=entry.get('external', False),
            needs=self._needs(entry))

    def _needs(self, entry: dict) -> list[str]:
        text = json.dumps(entry, default=str)
        earlier = []
        for other in self.cfg.stages:
            if other['name'] == entry['name']:
                break
            earlier.append(other['name'])
        return [name for name in earlier if f'{{{name}}}' in text]

    def fill(self, value, stage: str | None = None):
        """Replace placeholders in strings, lists and dicts."""
        if isinstance(value, dict):
            return {k: self.fill(v, stage) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.fill(v, stage) for v in value]
        if not isinstance(value, str):
            return value
        values = dict(self.values)
        if stage:
            values['stage_dir'] = self.values[stage]

        def known(match: re.Match) -> str:
            # {name} is filled in picture by picture by the report.
            if match[1] not in values and not (match[1] == 'name'
                                               and stage is None):
                raise UserError(f'{self.path}: unknown placeholder '
                                f'{match[0]}; there are '
                                f'{", ".join(sorted(values))}')
            return values.get(match[1], match[0])

        return re.sub(r'\{([\w.-]+)\}', known, value)

    def stage(self, name: str) -> Stage:
        """The stage of a name."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise UserError(f'no stage {name!r}; there are '
                        f'{", ".join(s.name for s in self.stages)}')

    def command(self, stage: Stage, gpus: int = 1) -> list[str]:
        """The command of a stage, to be run from the project's root."""
        if stage.kind == 'tool':
            return [sys.executable, stage.program, *stage.arguments]
        words = [sys.executable, f'tools/{stage.kind}.py', stage.program]
        if gpus > 1:
            words = ['bash', f'tools/dist_{stage.kind}.sh', stage.program]
        if stage.kind == 'test':
            words.append(self._checkpoint(stage))
        if gpus > 1:
            words.append(str(gpus))
        words += ['--work-dir', str(stage.folder)]
        if stage.kind == 'train' and (stage.folder /
                                      'last_checkpoint').is_file():
            words.append('--resume')
        if stage.tta:
            words.append('--tta')
        if stage.cfg_options:
            words.append('--cfg-options')
            words += [
                f'{key}={_option(value)}'
                for key, value in stage.cfg_options.items()
            ]
        return words

    def _checkpoint(self, stage: Stage) -> str:
        """A file; a trained stage's folder stands for its last one."""
        folder = Path(stage.checkpoint)
        if not folder.is_dir():
            return stage.checkpoint
        pointer = folder / 'last_checkpoint'
        if not pointer.is_file():
            raise UserError(f'{folder}: no checkpoint; run that stage first')
        return pointer.read_text().strip()

    def fingerprint(self, stage: Stage) -> dict:
        """What the outputs of a stage depend on, as JSON values."""
        program = self.root / stage.program
        if stage.kind == 'tool':
            text = program.read_text(encoding='utf-8')
        else:
            text = Config.fromfile(program).pretty_text
        facts = dict(
            program=stage.program,
            program_text=hashlib.sha256(text.encode()).hexdigest()[:16],
            arguments=stage.arguments,
            cfg_options=stage.cfg_options,
            checkpoint=stage.checkpoint,
            tta=stage.tta)
        facts = json.loads(
            json.dumps(facts).replace(str(self.work_dir), '{work_dir}'))
        for name in stage.needs:
            facts[f'stage {name}'] = _digest(
                self.fingerprint(self.stage(name)))
        return facts


def _read(path: str) -> dict:
    """Public values of a pipeline file, which is plain Python."""
    values = runpy.run_path(path)
    return {
        key: value
        for key, value in values.items() if not key.startswith('_')
        and isinstance(value, (str, int, float, list, tuple, dict))
    }


def shell_line(words: list[str]) -> str:
    """A command as one would type it."""
    return shlex.join(['python' if w == sys.executable else w for w in words])


def _digest(facts: dict) -> str:
    return hashlib.sha256(
        json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _option(value) -> str:
    if isinstance(value, (list, tuple)):
        return '[' + ','.join(_option(v) for v in value) + ']'
    return str(value)


def _project_root(path: str) -> Path:
    """The folder with ``tools/``, seen from the pipeline file."""
    for folder in Path(path).resolve().parents:
        if (folder / 'tools' / 'train.py').is_file():
            return folder
    raise UserError(f'{path}: no tools/train.py in a folder above; keep '
                    'pipelines in the project')
