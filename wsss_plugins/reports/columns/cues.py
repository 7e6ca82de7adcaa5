"""Columns of localization cues."""
from pathlib import Path

import numpy as np
from PIL import Image

from ...registry import REPORT_COLUMNS
from ...structures.classes import IGNORE_INDEX
from ...structures.cues import EXCLUSIVE_SUFFIX, Cues
from ...structures.errors import UserError
from ...structures.palette import voc_palette
from ..drawing.overlays import class_name, outline, read_palette_mask
from .base import Column, Panel, Sample


@REPORT_COLUMNS.register_module('cues')
class CueColumn(Column):
    """Localization cues over the image: it shows where there is no cue.

    Files are ``NAME.png`` (one class a location) or ``NAME.npz``; the latter
    need the classes of the report.
    """
    shares_colors = True

    def panels(self, sample: Sample) -> list[Panel]:
        """The cues, with their classes below, the background included."""
        labels, palette = read_cues(self.file(sample), len(sample.classes))
        chips = [(class_name(sample.classes, v), tuple(palette[v].tolist()))
                 for v in np.unique(labels).tolist() if v != IGNORE_INDEX]
        image = sample.canvas(sample.side, sample.side)
        return [Panel(overlay_cues(image, labels, palette), 'no cue', chips)]


def overlay_cues(image: np.ndarray, labels: np.ndarray,
                 palette: np.ndarray) -> np.ndarray:
    """Cues in the colors of their classes, the rest in gray.

    Args:
        image (np.ndarray): RGB, uint8 (H, W, 3).
        labels (np.ndarray): Classes of the grid locations, uint8 (h, w), 255
            for none; resized to the image.
        palette (np.ndarray): RGB colors, uint8 (256, 3).

    Returns:
        np.ndarray: RGB, uint8 (H, W, 3).
    """
    size = image.shape[1], image.shape[0]
    labels = np.asarray(
        Image.fromarray(labels).resize(size, Image.Resampling.NEAREST))
    none = (labels == IGNORE_INDEX)[..., None]
    # Without colors of its own the image cannot be taken for a class.
    gray = .6 * image.mean(axis=2, keepdims=True) + 90
    cue = .3 * image + .7 * palette[labels]
    drawn = np.where(none, gray, cue)
    drawn[outline(labels)] = 255
    return np.round(drawn).astype(np.uint8)


def read_cues(path: Path, num_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Classes of the grid locations, and colors, of either kind of file.

    Args:
        path (Path): ``NAME.png`` or ``NAME.npz``.
        num_classes (int): Of the data set, the background included.

    Returns:
        tuple[np.ndarray, np.ndarray]: Labels, uint8 (h, w), 255 for none; of
        several classes the one with fewer cues. Colors, uint8 (256, 3).

    Raises:
        UserError: If the file is missing or damaged, or the classes of an
            ``.npz`` are not known.
    """
    if path.suffix == EXCLUSIVE_SUFFIX and path.is_file():
        return read_palette_mask(path)
    if num_classes == 0:
        raise UserError(f'{path}: drawn with the classes of the report; set '
                        'its labels')
    masks = Cues.load(path, num_classes).masks
    labels = np.full(masks.shape[1:], IGNORE_INDEX, dtype=np.uint8)
    for label in np.argsort(-masks.sum(axis=(1, 2)), kind='stable'):
        labels[masks[label]] = label
    return labels, np.array(voc_palette(256), dtype=np.uint8)
