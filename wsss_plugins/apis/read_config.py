"""Configs, read with a line for each mistake in them."""
import re
from pathlib import Path

from mmengine.config import Config

from ..structures import UserError


def read_config(path: str | Path, wanted: tuple[str, ...] = ()) -> Config:
    """Read a config file with all that it inherits from.

    Args:
        path (str | Path): A ``.py`` file.
        wanted (tuple[str]): Entries that it must have.

    Returns:
        Config: Its entries.

    Raises:
        UserError: If it is missing, cannot be read, or lacks an entry. What
            went wrong while it ran is told with it.
    """
    path = Path(path)
    if not path.is_file():
        what = ('a folder, not a config' if path.is_dir() else
                'config not found')
        raise UserError(f'{path}: {what}')
    if path.suffix != '.py':
        raise UserError(f'{path}: not a config; name a .py file')
    try:
        cfg = Config.fromfile(path)
    except RecursionError:
        raise UserError(f'{path}: its _base_ files are circular, one inherits '
                        'from itself') from None
    except SystemExit:
        raise UserError(f'{path}: cannot be read as a config (it ends the '
                        'program)') from None
    except Exception as error:  # whatever the user's file does
        raise UserError(f'{path}: cannot be read as a config '
                        f'({_reason(error)})') from None
    require(cfg, path, wanted)
    return cfg


def require(cfg: Config, path: str | Path, wanted: tuple[str, ...]) -> None:
    """Refuse a config without entries that a tool needs.

    Raises:
        UserError: Naming those that are missing or empty.
    """
    missing = [key for key in wanted if not cfg.get(key)]
    if missing:
        raise UserError(f'{path}: no {" and no ".join(missing)} in it; name '
                        'the config of a model')


def _reason(error: Exception) -> str:
    """What an error says, in one line and the user's terms."""
    if isinstance(error, SyntaxError):
        place = f'{Path(error.filename).name}, ' if error.filename else ''
        return f'{place}line {error.lineno}: {error.msg}'
    if isinstance(error, FileNotFoundError):
        name = error.filename or str(error)
        return f'it inherits from {name}, which is not there'
    text = ' '.join(str(error).split())
    return re.sub(r'^\w*Error: ', '', text) or 'it fails'
