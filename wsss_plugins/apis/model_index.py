"""The lists of configs that ``mim`` reads: metafiles and their index.

A folder of configs has a ``metafile.yml`` whose collections (paper, data,
README) a person writes; its models are the folder's configs with a network,
found by listing. ``model-index.yml`` imports all metafiles.
"""
from pathlib import Path

import yaml
from mmengine.config import Config

from ..models.segmentors.precomputed import PrecomputedModel
from ..structures import UserError

METAFILE = 'metafile.yml'
INDEX = 'model-index.yml'
_MODELS = 'Models:\n'
# Folders that start so hold what others inherit from.
_BASE = '_'


def config_folders(root: Path) -> list[Path]:
    """Folders below ``configs/`` whose configs people run, sorted."""
    return sorted(path for path in (root / 'configs').iterdir()
                  if path.is_dir() and not path.name.startswith(_BASE))


def network_configs(folder: Path) -> list[Path]:
    """Configs of a folder that have a network, sorted by name.

    Pipelines are none, nor are stages that only convert or evaluate files.
    """
    return [path for path in sorted(folder.glob('*.py')) if _network(path)]


def _network(path: Path) -> bool:
    text = path.read_text(encoding='utf-8')
    # A pipeline is a plain Python file; its stages name their configs.
    if 'wsss_plugins.pipelines' in text or path.stem.startswith('pipeline_'):
        return False
    model = Config.fromfile(path).get('model')
    return model is not None and (
        str(model.type).rpartition('.')[2] != PrecomputedModel.__name__)


def metafile_text(folder: Path) -> str | None:
    """The metafile of a folder with all its models.

    Entries of models that are there keep what they say; new ones belong to
    the first collection.

    Args:
        folder (Path): A folder of configs.

    Returns:
        str or None: None for a folder without networks.

    Raises:
        UserError: If the folder has networks but no collection.
    """
    configs = network_configs(folder)
    if not configs:
        return None
    path = folder / METAFILE
    text = path.read_text(encoding='utf-8') if path.is_file() else ''
    known = yaml.safe_load(text) or {}
    if not known.get('Collections'):
        names = ', '.join(config.name for config in configs)
        raise UserError(f'{path}: no "Collections", but the folder has '
                        f'{names}; write Name, Paper and README as in '
                        'configs/eps/metafile.yml')
    old = {entry['Name']: entry for entry in known.get('Models') or []}
    first = known['Collections'][0]['Name']
    entries = [{
        'Name': config.stem,
        'In Collection': first,
        **old.get(config.stem, {}),
        'Config': f'configs/{folder.name}/{config.name}'
    } for config in configs]
    head = text.partition(_MODELS)[0].rstrip() + '\n\n'
    return head + yaml.safe_dump(
        dict(Models=entries), sort_keys=False, allow_unicode=True, width=1000)


def index_text(root: Path) -> str:
    """``model-index.yml``: imports of all metafiles."""
    names = [f'configs/{folder.name}/{METAFILE}'
             for folder in config_folders(root)
             if (folder / METAFILE).is_file()]
    return yaml.safe_dump(dict(Import=names), sort_keys=False)


def texts(root: Path) -> dict[Path, str]:
    """What every metafile and the index should say, by path."""
    found = {}
    for folder in config_folders(root):
        text = metafile_text(folder)
        if text is not None:
            found[folder / METAFILE] = text
    found[root / INDEX] = index_text(root)
    return found
