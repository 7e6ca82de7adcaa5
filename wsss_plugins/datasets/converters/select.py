"""Which images of a converted set to keep."""
from collections.abc import Sequence

from ...structures import ImageLabels, UserError

_SHOWN = 5


def select_images(labels: ImageLabels,
                  names: Sequence[str] | None = None,
                  keep_empty: bool = False) -> ImageLabels:
    """Keep the listed images, and refuse images without tags.

    Args:
        labels (ImageLabels): All images.
        names (Sequence[str], optional): Images to keep. Defaults to all.
        keep_empty (bool): Whether images without tags are kept.

    Raises:
        UserError: If a listed image is unknown, or one has no tags.
    """
    names = list(labels.images) if names is None else list(names)
    unknown = [name for name in names if name not in labels.images]
    if unknown:
        raise UserError(f'{len(unknown)} listed images have no labels: '
                        f'{_some(unknown)}; mend the list')
    empty = [name for name in names if not labels.images[name]]
    if empty and not keep_empty:
        raise UserError(f'{len(empty)} images have no tags: {_some(empty)}; '
                        'tag them, take them off the list, or --keep-empty')
    return ImageLabels(labels.classes,
                       {name: labels.images[name] for name in names})


def _some(names: list[str]) -> str:
    return ', '.join(names[:_SHOWN]) + (', ...' if len(names) > _SHOWN else '')
