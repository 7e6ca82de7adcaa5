"""The one owner of the background index.

Two numberings live side by side in image-level supervision. A *dataset class
index* counts all classes of the dataset's metainfo, background included; masks
and CAM files use it. A *foreground index* counts the classes that image-level
labels name; labels and classifier channels use it. Nothing else in the package
adds or subtracts one.
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .errors import UserError

BACKGROUND = 'background'
IGNORE_INDEX = 255


def num_foreground(num_classes: int) -> int:
    """Number of classes that image-level labels name.

    Args:
        num_classes (int): Number of dataset classes, background included.
    """
    if num_classes < 2:
        raise UserError(f'num_classes={num_classes}: a dataset needs the '
                        'background and at least one class')
    return num_classes - 1


def foreground_indices(num_classes: int, background: int = 0) -> list[int]:
    """Dataset class index of each foreground class.

    Args:
        num_classes (int): Number of dataset classes, background included.
        background (int): Dataset class index of the background.
    """
    num_foreground(num_classes)
    if not 0 <= background < num_classes:
        raise UserError(f'background={background} is not a class index below '
                        f'num_classes={num_classes}')
    return [i for i in range(num_classes) if i != background]


def background_index(names: Sequence[str]) -> int | None:
    """Dataset class index of the background; None if no class is named so.

    Args:
        names (Sequence[str]): Class names in dataset order, as in the data
            set's metainfo.
    """
    return list(names).index(BACKGROUND) if BACKGROUND in names else None


def check_background(owner: object, found: int | None) -> None:
    """Refuse a component made for another numbering than the data set's.

    Args:
        owner (object): The component; its ``background`` is what it was made
            with.
        found (int, optional): The data set's, None if it is not known.

    Raises:
        UserError: If they differ.
    """
    own = getattr(owner, 'background', None)
    if None not in (own, found) and own != found:
        raise UserError(
            f'{type(owner).__name__}: background={own}, but the data set has '
            f"'{BACKGROUND}' at index {found} of its classes; set "
            f'background={found}, or use tools/train.py and tools/test.py, '
            'which set it everywhere')


@dataclass(frozen=True)
class ClassSpace:
    """Names of a dataset's classes, and where its background sits.

    Args:
        names (tuple[str]): All class names in dataset order; exactly one of
            them is ``'background'``.

    Raises:
        UserError: If there is no background, or a name comes twice.
    """
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, 'names', tuple(self.names))
        if len(set(self.names)) != len(self.names):
            twice = sorted({n for n in self.names if self.names.count(n) > 1})
            raise UserError(f'class names come twice: {", ".join(twice)}')
        if BACKGROUND not in self.names:
            raise UserError(
                f"no class is named '{BACKGROUND}' among "
                f'{", ".join(self.names)}; add it to the classes')

    @classmethod
    def from_foreground(cls, names: Sequence[str]) -> 'ClassSpace':
        """Put the background in front of class names, as VOC and COCO do."""
        return cls((BACKGROUND, *(n for n in names if n != BACKGROUND)))

    @cached_property
    def background(self) -> int:
        """Dataset class index of the background."""
        return self.names.index(BACKGROUND)

    @cached_property
    def foreground(self) -> np.ndarray:
        """Dataset class index of each foreground class, int64 (C,)."""
        return np.array(foreground_indices(len(self.names), self.background))

    @cached_property
    def foreground_names(self) -> tuple[str, ...]:
        """Names of the foreground classes in order."""
        return tuple(n for n in self.names if n != BACKGROUND)

    def label_indices(self, names: Iterable[str]) -> np.ndarray:
        """Foreground indices of class names, sorted, int64 (K,).

        Raises:
            UserError: If a name is not a foreground class.
        """
        names = set(names)
        unknown = sorted(names - set(self.foreground_names))
        if unknown:
            raise UserError(
                f'unknown class {", ".join(map(repr, unknown))}; known are '
                f'{", ".join(self.foreground_names)}')
        return np.array(
            sorted(self.foreground_names.index(n) for n in names),
            dtype=np.int64)
