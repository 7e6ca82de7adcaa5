"""Masks of a workspace at the size of its images, corrections on top."""
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from ..exports import MaskItem
from ..own_images.names import mask_files
from ..structures import UserError, read_json, read_mask
from ..workspace.corrections import Corrections
from ..workspace.layout import Workspace

_AGAIN = 'run "wsss label-images" again'


@dataclass(frozen=True)
class Place:
    """An image of a workspace.

    Attributes:
        name (str): Its safe name.
        source (str): Path below the folder of images, with slashes.
        size (tuple[int, int]): Height and width, upright.
        work_size (tuple[int, int]): Of the work copy.
        split (str): ``'train'`` or ``'val'``.
    """
    name: str
    source: str
    size: tuple[int, int]
    work_size: tuple[int, int]
    split: str


class WorkspaceMasks:
    """Reads the masks of a workspace.

    A corrected mask wins, then that in ``masks``, then that which the stages
    left. Corrections and stages work at the work size; masks get the size of
    the image by nearest neighbors.

    Args:
        workspace (Workspace): Whose masks.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        facts = workspace.load()
        self.classes = list(facts['classes'])
        self.palette = facts['palette']
        self.photos = Path(facts['images'])
        self.corrections = Corrections(workspace.corrections, self.classes,
                                       self.palette)

    @cached_property
    def places(self) -> dict[str, Place]:
        """Images by safe name."""
        path = self.workspace.entries
        data = read_json(path, 'list of images', _AGAIN, _AGAIN)
        try:
            return {
                name: Place(name, one['source'], tuple(one['size']),
                            tuple(one['work_size']), one['split'])
                for name, one in data['images'].items()
            }
        except (TypeError, KeyError, AttributeError):
            raise UserError(f'{path}: not a list of images; '
                            f'{_AGAIN}') from None

    @cached_property
    def _corrected(self) -> dict:
        return self.corrections.load()

    @cached_property
    def _files(self) -> dict[str, str]:
        """Where stages and people find the mask of each image."""
        return mask_files(place.source for place in self.places.values())

    def _entry(self, name: str) -> dict:
        return self._corrected['images'].get(name, {})

    @cached_property
    def _stems(self) -> Counter:
        return Counter(_stem(place.source) for place in self.places.values())

    def status(self, name: str) -> str | None:
        """``'accepted'``, ``'rejected'``, or None without a verdict."""
        return self._entry(name).get('status')

    def is_corrected(self, name: str) -> bool:
        """Whether a person drew the mask."""
        return bool(self._entry(name).get('mask'))

    def has_mask(self, name: str) -> bool:
        """Whether there is a mask at all."""
        return self.is_corrected(name) or any(
            path.is_file() for path in self._made_at(self.places[name]))

    def read(self, name: str) -> np.ndarray:
        """Mask of an image, uint8 (H, W), at the size of the image.

        Raises:
            UserError: If there is none, or it is of another size.
        """
        place = self.places[name]
        mask = (self.corrections.mask(name, self._corrected)
                if self.is_corrected(name) else self._made(place))
        if mask.shape not in (place.size, place.work_size):
            raise UserError(
                f'{place.source}: its mask is {mask.shape[1]}x'
                f'{mask.shape[0]}, its image {place.size[1]}x'
                f'{place.size[0]}; {_AGAIN}')
        return resized(mask, place.size)

    def item(self, name: str) -> MaskItem:
        """What a format writes.

        Images that differ in their suffix only are told by their safe names,
        since most formats name the files of masks without it.
        """
        place = self.places[name]
        image = self.photos / place.source
        shown = place.source
        if self._stems[_stem(shown)] > 1:
            shown = f'{name}{PurePosixPath(shown).suffix}'
        return MaskItem(shown, place.size, lambda: self.read(name), image,
                        place.split)

    def _made(self, place: Place) -> np.ndarray:
        for path in self._made_at(place):
            if path.is_file():
                return read_mask(path, len(self.classes))
        raise UserError(f'{place.source}: has no mask; {_AGAIN}')

    def _made_at(self, place: Place) -> Iterator[Path]:
        yield self.workspace.masks / self._files[place.source]
        yield self.workspace.mask_dir / f'{place.name}.png'


class ImageNames:
    """Finds images of a workspace by what tools call them.

    Args:
        places (dict[str, Place]): Images by safe name.
    """

    def __init__(self, places: dict[str, Place]) -> None:
        self.places = places
        # What tells more comes first.
        self._tiers: list[dict[str, set[str]]] = [{} for _ in range(5)]
        for name, place in places.items():
            file = place.source.rpartition('/')[2]
            keys = place.source, name, _stem(place.source), file, _stem(file)
            for tier, key in zip(self._tiers, keys):
                tier.setdefault(key, set()).add(name)

    def find(self, path: str) -> Place | None:
        """The image of a path, its suffix and upper folders optional.

        None if there is none, or several by a name without folders.
        """
        parts = path.replace('\\', '/').split('/')
        for first in range(len(parts)):
            tail = '/'.join(parts[first:])
            for key in (tail, _stem(tail)):
                for tier in self._tiers:
                    found = tier.get(key, ())
                    if len(found) == 1:
                        return self.places[next(iter(found))]
        return None


def resized(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A mask of another size, by nearest neighbors, uint8 (H, W)."""
    if mask.shape == tuple(size):
        return mask
    return np.array(Image.fromarray(mask).resize(
        size[::-1], Image.Resampling.NEAREST))


def _stem(source: str) -> str:
    return str(PurePosixPath(source).with_suffix('')) if source else ''
