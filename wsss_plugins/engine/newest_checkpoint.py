"""The newest checkpoint of a work dir that loads whole."""
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..models.converters.checkpoint_files import read_checkpoint, weights_of
from ..structures import UserError

POINTER = 'last_checkpoint'
_NAME = re.compile(r'(iter|epoch)_(\d+)(?:_iter_(\d+))?\.pth')


def newest_checkpoint(folders: Sequence[Path],
                      say: Callable[[str], None]) -> Path | None:
    """Find what a training goes on from.

    All files count that mmengine's hook may have written, newest first, not
    only the one that ``last_checkpoint`` names: a kill may come between the
    two, and the folder may have been moved since.

    Args:
        folders (Sequence[Path]): Where checkpoints may lie.
        say (Callable): Called with a line for each file that is passed over.

    Returns:
        Path | None: The first that is whole and can be resumed from.
    """
    for path in candidates(folders):
        try:
            check_resumable(path)
            return path
        except UserError as error:
            say(f'passed over: {error}')
    return None


def candidates(folders: Sequence[Path]) -> Iterator[Path]:
    """Checkpoints of these folders, newest first."""
    found: dict[Path, tuple] = {}
    for folder in folders:
        named = _named(folder)
        if named is not None:
            found.setdefault(named.absolute(), _age(named.name))
        for path in folder.glob('*.pth'):
            if _NAME.fullmatch(path.name):
                found.setdefault(path.absolute(), _age(path.name))
    yield from sorted(found, key=lambda path: found[path], reverse=True)


def check_resumable(path: Path) -> None:
    """Read a checkpoint whole.

    Raises:
        UserError: If it is damaged, or holds no place in a training.
    """
    checkpoint = read_checkpoint(path)
    weights_of(checkpoint, path, ('state_dict', ))
    meta = checkpoint.get('meta')
    if not isinstance(meta, dict) or not all(
            isinstance(meta.get(key), int) for key in ('epoch', 'iter')):
        raise UserError(f'{path}: holds weights only, no place in a training; '
                        'start from it with load_from')
    if 'optimizer' not in checkpoint:
        raise UserError(f'{path}: holds no state of the optimizer; start from '
                        'it with load_from')


def _named(folder: Path) -> Path | None:
    """What the pointer names; in this folder, if it was moved."""
    try:
        text = (folder / POINTER).read_text(encoding='utf-8').strip()
    except (OSError, ValueError):
        return None
    if not text or '\0' in text or not Path(text).name:
        return None
    here = folder / Path(text).name
    path = here if here.is_file() else Path(text)
    # A folder, or one of another file system's idea of a name, is none.
    return None if path.is_dir() or not path.name.endswith('.pth') else path


def _age(name: str) -> tuple[int, int]:
    """Sorts names by progress: epochs, or iterations, then the rest."""
    match = _NAME.fullmatch(name)
    if match is None:
        return -1, 0
    return int(match[2]), int(match[3] or 0)
