"""Which images of a converted set to keep."""
import os
from collections.abc import Sequence

from ...structures import ImageLabels, UserError
from ...structures.image_list import check_listed, some


def select_images(labels: ImageLabels,
                  names: Sequence[str] | None = None,
                  keep_empty: bool = False,
                  source: str | os.PathLike = 'labels') -> ImageLabels:
    """Keep the listed images, and refuse images without labels.

    Args:
        labels (ImageLabels): All images.
        names (Sequence[str], optional): Images to keep. Defaults to all.
        keep_empty (bool): Whether images without labels are kept.
        source (str | PathLike): Where the labels are from, for messages.

    Raises:
        UserError: If a listed image is unknown, or one has no labels.
    """
    names = list(labels.images) if names is None else list(names)
    check_listed(names, labels.images, source)
    empty = [name for name in names if not labels.images[name]]
    if empty and not keep_empty:
        raise UserError(f'{source}: {len(empty)} images have no label: '
                        f'{some(empty)}; label them, take them off the list, '
                        'or use --keep-empty')
    return ImageLabels(labels.classes,
                       {name: labels.images[name] for name in names})
