"""PASCAL VOC's masks."""
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ..structures import (
    IGNORE_INDEX,
    UserError,
    read_mask,
    read_text,
    write_mask,
)
from ..structures.failures import reading
from ..structures.image_files import open_image
from .base import (
    MaskFormat,
    MaskItem,
    Notes,
    SizeOf,
    copy_image,
    files_below,
)
from .class_names import indices_of

_MASKS = 'SegmentationClass'
_LABELS = 'labelmap.txt'
_VOID = 224, 224, 192


class VocFormat(MaskFormat):
    """``SegmentationClass/NAME.png``, ``ImageSets`` and ``JPEGImages``.

    Palette PNGs, as VOC's; Datumaro writes RGB ones, which mmseg cannot
    train on.
    """
    name = 'voc'
    help = 'palette PNGs of class indices; keeps all, ignored pixels too'

    def write(self, items: Iterable[MaskItem], folder: Path,
              classes: Sequence[str], palette: Sequence[Sequence[int]],
              images: bool, notes: Notes) -> None:
        """Write a mask for each image, lists, and ``labelmap.txt``."""
        splits: dict[str, list[str]] = {}
        for item in items:
            splits.setdefault(item.split, []).append(item.stem)
            write_mask(folder / _MASKS / f'{item.stem}.png', item.read(),
                       palette)
            if images:
                copy_image(item, folder / 'JPEGImages')
        lists = folder / 'ImageSets' / 'Segmentation'
        lists.mkdir(parents=True)
        for split, names in splits.items():
            (lists / f'{split}.txt').write_text(
                ''.join(f'{name}\n' for name in names), encoding='utf-8')
        lines = [f'{name}:{",".join(map(str, color))}::\n'
                 for name, color in zip(classes, palette)]
        (folder / _LABELS).write_text(
            ''.join(['# label:color_rgb:parts:actions\n', *lines]),
            encoding='utf-8')

    def read(self, path: Path, classes: Sequence[str], size_of: SizeOf
             ) -> Iterator[tuple[str, np.ndarray]]:
        """Masks of a data set, or of a folder of PNGs of class indices.

        Files of a tool that wrote RGB are read by their colors, which
        ``labelmap.txt`` tells.
        """
        masks = path / _MASKS
        masks = masks if masks.is_dir() else path
        labels = _label_map(path / _LABELS, classes)
        root = masks if masks.is_dir() else masks.parent
        for file in files_below(masks, '.png', 'masks'):
            name = file.relative_to(root).with_suffix('').as_posix()
            if labels is None:
                yield name, read_mask(file, len(classes))
            else:
                yield name, _mapped(file, labels)

    def kept(self, mask: np.ndarray) -> np.ndarray:
        """All."""
        return mask


def _label_map(path: Path, classes: Sequence[str]
               ) -> list[tuple[int, tuple[int, ...]]] | None:
    """Class index and color of each line; None if there is no such file."""
    if not path.is_file():
        return None
    lines = [line for line in read_text(path).splitlines()
             if line.strip() and not line.startswith('#')]
    with reading(path, 'label map', 'export it again'):
        # A name may hold colons; color, parts and actions do not.
        cells = [line.rsplit(':', 3) for line in lines]
        index = indices_of((name for name, *_ in cells), classes, path)
        return [(index[name], tuple(map(int, color.split(','))))
                for name, color, *_ in cells]


def _mapped(path: Path, labels: Sequence[tuple]) -> np.ndarray:
    """A mask by the order of the label map, or by its colors if it is RGB."""
    with open_image(path, 'mask') as image:
        keys = _colors(np.asarray(image)) if image.mode == 'RGB' else None
    if keys is None:
        keys = read_mask(path).astype(np.int64)
        table = {number: index for number, (index, _) in enumerate(labels)}
        table[IGNORE_INDEX] = IGNORE_INDEX
    else:
        table = {int(_colors(np.array(color))): index
                 for index, color in labels}
        table[int(_colors(np.array(_VOID)))] = IGNORE_INDEX
    values, places = np.unique(keys, return_inverse=True)
    unknown = [value for value in values.tolist() if value not in table]
    if unknown:
        raise UserError(f'{path}: value {unknown[0]:#x} is not in {_LABELS}; '
                        'export both again')
    found = np.array([table[value] for value in values.tolist()], np.uint8)
    return found[places].reshape(keys.shape)


def _colors(rgb: np.ndarray) -> np.ndarray:
    """A number for each color."""
    return rgb.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
