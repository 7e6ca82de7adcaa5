"""What a work dir remembers of a pipeline: records of its stages."""
import json
import re
import uuid
from pathlib import Path

from mmengine.config import Config

from ..structures import UserError, read_json, write_json
from ..structures.digests import file_digest, text_digest
from .contents import Contents
from .pipeline import Pipeline
from .places import package_folders
from .stage import Stage

# Name of a folder, at the beginning of a path.
_PLACE = re.compile(r'^\{\w+\}/')
DONE = 'done.json'
BEGUN = 'begun.json'


class StageChanged(UserError):
    """A stage was made from something else than it would be made from now.

    Attributes:
        why (str): What changed, in words.
    """

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


class PipelineState:
    """Tells stages that are done from those to be made or made anew.

    A stage folder gets ``begun.json`` before its command runs and
    ``done.json`` after it succeeded. Both hold what the outputs depend on
    (``facts``), the hash of that (``fingerprint``) and which runs of earlier
    stages were read (``inputs``).

    Args:
        pipeline (Pipeline): Whose stages.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self._facts: dict[str, dict] = {}
        self._configs: dict[Path, dict] = {}
        self._contents = Contents()
        self._places = _place_names(pipeline)

    def facts(self, stage: Stage) -> dict[str, str]:
        """What the outputs of a stage depend on, texts by dotted key.

        Places are left out, so that a work dir, a checkout, or a folder with
        a pipeline can be moved: of programs the contents count, and in paths
        these folders are replaced by their names.
        """
        if stage.name not in self._facts:
            facts = dict(kind=stage.kind, arguments=stage.arguments,
                         tta=stage.tta, checkpoint=stage.checkpoint,
                         trained_by=stage.trained_by)
            facts = _flat(dict(facts, cfg_options=stage.cfg_options))
            facts.update(self._program(stage))
            facts.update({f'input {path}': self._contents.digest(path)
                          for path in stage.inputs})
            facts = {self._without_places(k): self._without_places(v)
                     for k, v in facts.items()}
            for name in stage.needs:
                other = self.pipeline.stage(name)
                facts[f'stage {name}'] = self.fingerprint(other)
            self._facts[stage.name] = facts
        return self._facts[stage.name]

    def _without_places(self, text: str) -> str:
        for pattern, name in self._places.items():
            text = pattern.sub(name, text)
        return text

    def fingerprint(self, stage: Stage) -> str:
        """Hash of the facts."""
        text = json.dumps(self.facts(stage), sort_keys=True)
        return text_digest(text)

    def _program(self, stage: Stage) -> dict[str, str]:
        """Contents of the scripts, and all entries of the config."""
        if stage.script is None:
            return dict(script=file_digest(stage.program))
        own = {}
        if stage.own_script:
            own['script'] = file_digest(stage.script)
        return {**self.config(stage), **own}

    def config(self, stage: Stage) -> dict[str, str]:
        """Entries of the config of a stage that has one.

        Returns:
            dict[str, str]: ``repr`` of values, by dotted key after
            ``config.``.
        """
        if stage.program not in self._configs:
            config = _read_config(stage.program)
            self._configs[stage.program] = _flat(config, 'config.')
        return self._configs[stage.program]

    def look(self, stage: Stage) -> str:
        """``'done'``, ``'begun'`` (cut off) or ``'new'``.

        Raises:
            StageChanged: If it is done or begun with another config, from
                other contents of its inputs, or from other runs of earlier
                stages.
        """
        if stage.external:
            return 'new'
        for word, name in (('done', DONE), ('begun', BEGUN)):
            record = read_record(stage.folder / name)
            if record is not None:
                self._compare(stage, record)
                return word
        return 'new'

    def _compare(self, stage: Stage, record: dict) -> None:
        facts = self.facts(stage)
        fix = f'run with --force {stage.name} or another --work-dir'
        if record.get('fingerprint') != self.fingerprint(stage):
            key, was, now = _first_difference(record.get('facts', {}), facts)
            raise StageChanged(
                _why(key),
                f'stage {stage.name} in {stage.folder} was made by another '
                f'config (first difference: {key} was {_short(was)}, is now '
                f'{_short(now)}); {fix}')
        inputs = self.inputs(stage)
        for name, run in record.get('inputs', {}).items():
            if run != inputs.get(name):
                raise StageChanged(
                    f'stage {name} was made again',
                    f'stage {stage.name} in {stage.folder} was made from an '
                    f'earlier run of stage {name}; {fix}')

    def inputs(self, stage: Stage) -> dict[str, str | None]:
        """The run of each stage that a stage reads; None if not done."""
        runs = {}
        for name in stage.needs:
            record = read_record(self.pipeline.stage(name).folder / DONE)
            runs[name] = record.get('run') if record else None
        return runs

    def begin(self, stage: Stage) -> None:
        """Note that a stage is about to run."""
        stage.folder.mkdir(parents=True, exist_ok=True)
        self._write(stage, BEGUN)

    def finish(self, stage: Stage, command: str, seconds: float) -> None:
        """Note that a stage succeeded.

        Args:
            stage (Stage): Which.
            command (str): What ran.
            seconds (float): How long it took.
        """
        self._write(stage, DONE, run=uuid.uuid4().hex, command=command,
                    seconds=round(seconds, 1))

    def _write(self, stage: Stage, name: str, **more) -> None:
        record = dict(more)
        if not stage.external:
            record.update(
                fingerprint=self.fingerprint(stage),
                inputs=self.inputs(stage),
                facts=self.facts(stage))
        write_json(stage.folder / name, record, indent=1)


def read_record(path: Path) -> dict | None:
    """A record file; None if there is none.

    Raises:
        UserError: If it cannot be read.
    """
    if not path.exists():
        return None
    record = read_json(path, 'record of a stage', 'delete it and run again')
    if not isinstance(record, dict):
        raise UserError(f'{path}: not a record of a stage; delete it and run '
                        'again')
    return record


def _place_names(pipeline: Pipeline) -> dict[re.Pattern, str]:
    """Names for the folders that may be moved, by how they are found."""
    names = dict.fromkeys(package_folders(), '{package}')
    names |= {pipeline.home: '{pipeline}',
              pipeline.home.resolve(): '{pipeline}',
              pipeline.work_dir: '{work_dir}'}
    # The innermost first: a work dir often lies in a checkout.
    folders = sorted(names, key=lambda f: len(f.parts), reverse=True)
    return {
        re.compile(rf'(?<![\w.-]){re.escape(str(f))}(?![\w.-])'): names[f]
        for f in folders if f.name
    }


def _read_config(path: Path) -> dict:
    try:
        return Config.fromfile(path).to_dict()
    except Exception as error:
        # Whatever its code raises; it is the user's file.
        raise UserError(f'{path}: cannot be read as a config '
                        f'({type(error).__name__}: {error})') from None


def _flat(value, prefix: str = '') -> dict[str, str]:
    """Nested values as texts by dotted key."""
    if isinstance(value, dict) and value:
        items = value.items()
    elif isinstance(value, (list, tuple)) and value:
        items = enumerate(value)
    else:
        return {prefix.rstrip('.'): repr(value)}
    flat = {}
    for key, item in items:
        flat.update(_flat(item, f'{prefix}{key}.'))
    return flat


def _first_difference(
        found: dict[str, str],
        facts: dict[str, str]) -> tuple[str, str | None, str | None]:
    """Key of a difference, and both values.

    What changed in the stage itself tells more than that an input changed.
    """
    different = [key for key in sorted({*found, *facts})
                 if found.get(key) != facts.get(key)]
    own = [key for key in different if not key.startswith('stage ')]
    key = (own or different or ['fingerprint'])[0]
    return key, found.get(key), facts.get(key)


def _why(key: str) -> str:
    kind, _, name = key.partition(' ')
    if kind == 'input':
        return f'{_PLACE.sub("", name)} changed'
    return f'stage {name} changes' if kind == 'stage' else f'{key} changed'


def _short(text: str | None, limit: int = 60) -> str:
    if text is None:
        return 'not there'
    return text if len(text) <= limit else f'{text[:limit]}...'
