"""Reading a pipeline file, and applying overrides to it."""
import runpy
import traceback
from pathlib import Path

from mmengine.config import Config

from ..structures import UserError
from .custom_imports import found_in

TOP_LEVEL = ('title', 'data_root', 'work_dir', 'stages', 'report', 'classes',
             'custom_imports')
# The runner and the report fill these in; a file cannot define them.
RESERVED = ('name', 'stage_dir')


def read_pipeline(path: Path) -> Config:
    """Public values of a pipeline file, which is plain Python.

    It may import modules that lie beside it or in the working folder.

    Args:
        path (Path): The file.

    Returns:
        Config: Its strings, numbers, lists and dicts.

    Raises:
        UserError: If it cannot be run, or an entry is missing or unknown.
    """
    values = {
        key: value
        for key, value in _run(path).items() if not key.startswith('_')
        and isinstance(value, (str, int, float, list, tuple, dict))
    }
    for key, value in values.items():
        if key in RESERVED:
            raise UserError(f'{path}: {key!r} has a meaning of its own in '
                            f'pipelines; name it _{key}')
        if isinstance(value, (list, tuple, dict)) and key not in TOP_LEVEL:
            raise UserError(f'{path}: unknown entry {key!r}; known are '
                            f'{", ".join(TOP_LEVEL)}; helpers begin with _')
    return Config(values)


def _run(path: Path) -> dict:
    try:
        with found_in(path.parent, Path.cwd()):
            return runpy.run_path(str(path))
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [f.lineno for f in frames if f.filename == str(path)]
        line = getattr(error, 'lineno', None) or (lines or ['?'])[-1]
        raise UserError(f'{path}, line {line}: {type(error).__name__}: '
                        f'{error}; fix the file') from None


def override(path: Path, cfg: Config, options: dict) -> dict:
    """Apply options to a pipeline; texts stay texts.

    Otherwise ``data_root=2012`` would be a number, which names no folder.

    Args:
        path (Path): The pipeline file, for messages.
        cfg (Config): What it says; changed.
        options (dict): Overrides by dotted key.

    Returns:
        dict: The options as they were applied.

    Raises:
        UserError: If there is no such entry, or its value is not a text.
    """
    texts = {k for k, v in cfg.items() if isinstance(v, str)}
    applied = {}
    for key, value in options.items():
        if key.split('.')[0] not in cfg:
            raise UserError(f'{path}: no entry {key!r} to override; there '
                            f'are {", ".join(cfg.keys())}')
        if key in texts and isinstance(value, (list, tuple, dict)):
            raise UserError(f'{path}: {key}={value} must be a text without '
                            'commas and brackets')
        applied[key] = str(value) if key in texts else value
    try:
        cfg.merge_from_dict(applied)
    except (KeyError, TypeError) as error:
        raise UserError(f'{path}: cannot override {", ".join(applied)} '
                        f'({error})') from None
    return applied
