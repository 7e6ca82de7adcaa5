"""Where the configs lie: in a checkout, or installed beside the package."""
from pathlib import Path

import wsss_plugins

from ..structures import UserError


def config_root() -> Path:
    """Folder of the configs."""
    package = Path(wsss_plugins.__file__).resolve().parent
    for root in (package.parent / 'configs', package / '.mim' / 'configs'):
        if root.is_dir():
            return root
    raise UserError(f'{package}: the configs were not installed with the '
                    'package; run from a checkout')


def config_path(name: str) -> str:
    """Path of a config by its path below ``configs/``."""
    path = config_root() / name
    if not path.is_file():
        raise UserError(f'{path}: config not found')
    return str(path)
