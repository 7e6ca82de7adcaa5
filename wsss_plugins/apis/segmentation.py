"""What a segmentor found in an image."""
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ..exports import MaskItem, all_formats, load_format
from ..reports.drawing.images import fit, with_chips
from ..reports.drawing.overlays import overlay_mask, shown_labels
from ..structures import UserError, atomic_path, write_mask

_OVERLAY_SIDE = 1024


class Segmentation:
    """Mask of an image, and how sure its segmentor is.

    Args:
        mask (np.ndarray): Class indices, uint8 (H, W).
        scores (np.ndarray): Probability of each pixel's class in [0, 1],
            float (h, w) of any size.
        image (np.ndarray): RGB, uint8 (H, W, 3).
        classes (Sequence[str]): Names by index, the background first.
        palette (Sequence): RGB triple of each class.
        path (Path, optional): File of the image.
    """

    def __init__(self,
                 mask: np.ndarray,
                 scores: np.ndarray,
                 image: np.ndarray,
                 classes: Sequence[str],
                 palette: Sequence[Sequence[int]],
                 path: Path | None = None) -> None:
        self.mask = mask
        self.image = image
        self.classes = tuple(classes)
        self.palette = [list(color) for color in palette]
        self.path = path
        self._scores = scores

    @classmethod
    def of_scores(cls, scores: np.ndarray, image: np.ndarray,
                  classes: Sequence[str], palette: Sequence[Sequence[int]],
                  path: Path | None = None) -> 'Segmentation':
        """From probabilities of all classes, float (C, h, w).

        The mask gets the size of the image by nearest neighbors.
        """
        best = scores.argmax(axis=0).astype(np.uint8)
        return cls(_resized(best, image.shape[:2], Image.Resampling.NEAREST),
                   scores.max(axis=0), image, classes, palette, path)

    @property
    def scores(self) -> np.ndarray:
        """Probability of each pixel's class, float32 (H, W)."""
        return _resized(self._scores.astype(np.float32), self.mask.shape,
                        Image.Resampling.BILINEAR)

    @property
    def areas(self) -> dict[str, float]:
        """Share of the pixels that each class of the mask has, by name."""
        counts = np.bincount(self.mask.ravel(), minlength=len(self.classes))
        return {name: count / self.mask.size for name, count in zip(
            self.classes, counts.tolist()) if count}

    @property
    def confidence(self) -> dict[str, float]:
        """Mean probability on each class of the mask, by name."""
        scores = self.scores
        found = np.unique(self.mask).tolist()
        return {self.classes[index]: float(scores[self.mask == index].mean())
                for index in found}

    def overlay(self, side: int | None = None) -> np.ndarray:
        """The mask over the image, class names above it, RGB uint8.

        Args:
            side (int, optional): Longer side. Defaults to the image's.
        """
        image = self.image if side is None or side >= max(
            self.image.shape[:2]) else fit(self.image, side)
        colors = np.zeros((256, 3), dtype=np.uint8)
        colors[:len(self.palette)] = self.palette
        drawn = overlay_mask(image, self.mask, colors, background=0)
        chips = [(self.classes[label], self.palette[label])
                 for label in shown_labels(self.mask, self.classes)]
        return with_chips(drawn, chips or [('nothing found', None)])

    def save(self, path: str | os.PathLike,
             format: str | None = None) -> Path:
        """Write the mask, or what is drawn of it.

        Args:
            path (str | PathLike): Target: a file, for the formats of a whole
                data set a folder or ``.zip``.
            format (str, optional): ``'png'``, a palette PNG of class
                indices; ``'overlay'``; ``'npz'``, arrays ``mask`` and
                ``scores``; or any of ``wsss export``, such as ``'coco'``.
                Defaults to that of the suffix: ``.png``, ``.jpg`` for an
                overlay, ``.npz``.

        Returns:
            Path: The target.

        Raises:
            UserError: If there is no such format, or it cannot be written.
        """
        path = Path(path)
        kind = format or _BY_SUFFIX.get(path.suffix.lower())
        writer = _WRITERS.get(kind)
        if writer:
            writer(self, path)
        elif kind in all_formats():
            load_format(kind).save([self._item()], path, self.classes,
                                   self.palette)
        else:
            named = ', '.join([*_WRITERS, *all_formats()])
            raise UserError(f'{path}: format {kind!r} is unknown; choose one '
                            f'of {named}')
        return path

    def show(self) -> None:
        """Open the overlay in the desktop's viewer of images."""
        Image.fromarray(self.overlay(_OVERLAY_SIDE)).show()

    def _repr_png_(self) -> bytes:
        """What a notebook shows."""
        return Image.fromarray(self.overlay(_OVERLAY_SIDE))._repr_png_()

    def _item(self) -> MaskItem:
        name = self.path.name if self.path else 'image.jpg'
        return MaskItem(name, tuple(self.mask.shape), lambda: self.mask,
                        image=self.path)

    def __repr__(self) -> str:
        height, width = self.mask.shape
        found = ', '.join(f'{name} {share:.0%}'
                          for name, share in self.areas.items())
        return f'Segmentation({width}x{height}: {found})'


def _resized(array: np.ndarray, size: tuple[int, int],
             method: Image.Resampling) -> np.ndarray:
    if array.shape == tuple(size):
        return array
    return np.asarray(Image.fromarray(array).resize(size[::-1], method))


def _save_mask(found: Segmentation, path: Path) -> None:
    write_mask(path, found.mask, found.palette)


def _save_overlay(found: Segmentation, path: Path) -> None:
    with atomic_path(path) as temporary:
        Image.fromarray(found.overlay()).save(temporary, quality=90)


def _save_arrays(found: Segmentation, path: Path) -> None:
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, mask=found.mask,
                            scores=found.scores.astype(np.float16))


_WRITERS = dict(png=_save_mask, overlay=_save_overlay, npz=_save_arrays)
_BY_SUFFIX = {'.png': 'png', '.jpg': 'overlay', '.jpeg': 'overlay',
              '.npz': 'npz'}
