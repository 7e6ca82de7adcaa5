"""Which images of a converted set to keep."""
import os
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from ...structures import ImageLabels, UserError

_SHOWN = 5


def read_names(path: str | os.PathLike) -> list[str]:
    """Read a list of image names, one a line; a space may be in a name.

    Raises:
        UserError: If the file is missing, empty, or names an image twice.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding='utf-8-sig').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f'{path}: list of images cannot be read ({error}); '
                        'fix the path') from None
    names = [line.strip() for line in lines if line.strip()]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UserError(f'{path}: {len(twice)} images come twice: '
                        f'{some(twice)}; list each once')
    if not names:
        raise UserError(f'{path}: no image names; write one a line')
    return names


def check_listed(names: Iterable[str], known: Collection[str],
                 source: str | os.PathLike) -> None:
    """Check that all listed images are known.

    Raises:
        UserError: With the number of those that are not, and up to five.
    """
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(f'{source}: {len(unknown)} listed images are not '
                        f'there: {some(unknown)}; fix the list')


def select_images(labels: ImageLabels,
                  names: Sequence[str] | None = None,
                  keep_empty: bool = False,
                  source: str | os.PathLike = 'labels') -> ImageLabels:
    """Keep the listed images, and refuse images without tags.

    Args:
        labels (ImageLabels): All images.
        names (Sequence[str], optional): Images to keep. Defaults to all.
        keep_empty (bool): Whether images without tags are kept.
        source (str | PathLike): Where the labels are from, for messages.

    Raises:
        UserError: If a listed image is unknown, or one has no tags.
    """
    names = list(labels.images) if names is None else list(names)
    check_listed(names, labels.images, source)
    empty = [name for name in names if not labels.images[name]]
    if empty and not keep_empty:
        raise UserError(f'{source}: {len(empty)} images have no tags: '
                        f'{some(empty)}; tag them, take them off the list, or '
                        'use --keep-empty')
    return ImageLabels(labels.classes,
                       {name: labels.images[name] for name in names})


def some(names: Sequence[str]) -> str:
    """The first five names, for messages."""
    return ', '.join(names[:_SHOWN]) + (', ...' if len(names) > _SHOWN else '')
