"""Stages of a pipeline, and what kinds of them there are."""
from dataclasses import dataclass, field
from pathlib import Path

NO_CHECKPOINT = 'none'
LAST_CHECKPOINT = 'last_checkpoint'


@dataclass(frozen=True)
class StageKind:
    """What the stages of a kind take, and how they are run.

    Attributes:
        program (str): Key of an entry that names its program.
        keys (dict[str, type | tuple]): Its other keys, and the types of their
            values.
        script (str, optional): Script that runs the program, a config;
            entries may name another one. None: the program is a script
            itself.
        tests (bool): Whether the script takes a checkpoint.
        trains (bool): Whether the script writes checkpoints, names the last
            one in ``last_checkpoint`` and goes on from it with ``--resume``.
        modules (tuple[str]): What the script imports when it has read its
            arguments, and can find imported already.
    """
    program: str
    keys: dict[str, type | tuple]
    script: str | None = None
    tests: bool = False
    trains: bool = False
    modules: tuple[str, ...] = ()

    @property
    def all_keys(self) -> tuple[str, ...]:
        """Keys that an entry may have."""
        return ('name', 'kind', 'inputs', self.program, *self.keys)


# A pipeline file may add kinds of its own.
STAGE_KINDS = dict(
    tool=StageKind('script', dict(args=(list, tuple), external=bool)),
    train=StageKind(
        'config',
        dict(cfg_options=dict, script=str),
        script='tools/train.py',
        trains=True,
        modules=('wsss_plugins.apis.run_training', 'torch._dynamo')),
    test=StageKind(
        'config',
        dict(cfg_options=dict, script=str, checkpoint=str, tta=bool),
        script='tools/test.py',
        tests=True,
        modules=('wsss_plugins.apis.run_test', )))


@dataclass
class Stage:
    """One stage of a pipeline, placeholders filled in.

    Attributes:
        name (str): Its name, and that of its folder.
        kind (str): One of :data:`STAGE_KINDS`.
        program (Path): Script or config.
        folder (Path): Its own folder in the work dir.
        script (Path, optional): Script that runs a config.
        own_script (bool): Whether the entry names that script.
        arguments (list[str]): Of a tool.
        cfg_options (dict): Overrides of a config, by dotted key.
        checkpoint (str): A file, or ``'none'``; empty if ``trained_by``.
        trained_by (str, optional): Train stage whose last checkpoint is used.
        tta (bool): Whether to test with augmentation.
        external (bool): The tool itself knows whether it is done: it is
            always asked, and nothing is remembered of it.
        needs (list[str]): Stages whose outputs it reads, external ones left
            out.
        inputs (list[Path]): Files and folders, not of other stages, whose
            contents its outputs depend on.
    """
    name: str
    kind: str
    program: Path
    folder: Path
    script: Path | None = None
    own_script: bool = False
    arguments: list[str] = field(default_factory=list)
    cfg_options: dict = field(default_factory=dict)
    checkpoint: str = NO_CHECKPOINT
    trained_by: str | None = None
    tta: bool = False
    external: bool = False
    needs: list[str] = field(default_factory=list)
    inputs: list[Path] = field(default_factory=list)

    @property
    def traits(self) -> StageKind:
        """What its kind says."""
        return STAGE_KINDS[self.kind]

    @property
    def pointer(self) -> Path:
        """The file that names the last checkpoint of a training."""
        return self.folder / LAST_CHECKPOINT
