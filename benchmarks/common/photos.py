"""A small data set in VOC's layout: photographs, and maps of all stages.

Every file that a stage reads lies there twice: in the package's format, and
as the reference's repository keeps it. Maps are made up, see ``synthetic``.
"""
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from common.images import image_of
from common.synthetic import (
    classes_of_image,
    smooth_maps,
    true_mask,
    upsampled,
)
from wsss_plugins.structures import (
    ClassMaps,
    Cues,
    GradientMap,
    ImageLabels,
    voc_palette,
    write_mask,
)

CLASSES = 21
GRID_SEC = (41, 41)
_LISTS = ('train_aug', 'train', 'val')


@dataclass(frozen=True)
class Photos:
    """Photographs with labels, masks and CAMs.

    Args:
        root (Path): Folder of the data set.
        count (int): Number of images.
        size (tuple[int, int]): Height and width of all of them.
        stride (int): Of the CAM files.
        present (int, optional): Classes of each image. Defaults to one to
            three, as in VOC.
    """
    root: Path
    count: int
    size: tuple[int, int] = (375, 500)
    stride: int = 8
    present: int | None = None

    @cached_property
    def names(self) -> list[str]:
        """Of the images, of the form of VOC's."""
        return [f'2007_{i:06d}' for i in range(self.count)]

    @property
    def grid(self) -> tuple[int, int]:
        """Height and width of the CAM files."""
        return tuple(-(-side // self.stride) for side in self.size)

    def labels(self, index: int) -> np.ndarray:
        """Dataset class indices of the image's labels, sorted (K,)."""
        return classes_of_image(index, CLASSES, self.present)

    def path(self, folder: str, name: str) -> Path:
        """File of an image, ``FOLDER/NAME`` below the root."""
        return self.root / folder / name

    def write(self) -> 'Photos':
        """Make images, masks, labels, lists and CAMs."""
        for folder in ('JPEGImages', 'SegmentationClass', 'saliency',
                       'ImageSets/Segmentation', 'npy', 'irn', 'sec'):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        for name in _LISTS:
            self.path('ImageSets/Segmentation', f'{name}.txt').write_text(
                '\n'.join(self.names) + '\n')
        for index, name in enumerate(self.names):
            self._write_image(index, name)
            self._write_cams(index, name)
            self._write_sec(index, name)
        foreground = voc_names()[1:]
        ImageLabels(foreground, {
            name: tuple(foreground[c - 1] for c in self.labels(index))
            for index, name in enumerate(self.names)
        }).save(self.root / 'image_labels.json')
        return self

    def _write_image(self, index: int, name: str) -> None:
        Image.fromarray(image_of(index, *self.size)).save(
            self.path('JPEGImages', f'{name}.jpg'), quality=90)
        mask = true_mask(index, self.labels(index), self.size)
        # Masks of affinity labels hold both kinds of seeds.
        mask[-3:] = 0
        write_mask(self.path('SegmentationClass', f'{name}.png'), mask,
                   voc_palette(CLASSES))
        Image.fromarray(np.where(mask == 0, 0, 200).astype(np.uint8)).save(
            self.path('saliency', f'{name}.png'))

    def _write_cams(self, index: int, name: str) -> None:
        labels = self.labels(index)
        native = smooth_maps(index, len(labels), self.grid)
        # What a CAM file holds, so that both sides start from equal values.
        native = native.half().float()
        ClassMaps(labels, native.numpy(), self.size).save(
            self.path('cams', f'{name}.npz'))
        full = upsampled(native, self.size).numpy()
        np.save(self.path('npy', f'{name}.npy'),
                dict(zip((labels - 1).tolist(), full)))
        np.save(self.path('irn', f'{name}.npy'),
                dict(keys=labels - 1, cam=native.numpy(), high_res=full))

    def _write_sec(self, index: int, name: str) -> None:
        labels = self.labels(index)
        maps = smooth_maps(index, len(labels), GRID_SEC).numpy()
        gradient = smooth_maps(index + 99, 1, GRID_SEC)[0].numpy() + .01
        ClassMaps(labels, maps, self.size).save(
            self.path('sec_cams', f'{name}.npz'), 'float32')
        GradientMap(gradient, self.size).save(
            self.path('gradients', f'{name}.npz'))
        mask = true_mask(index, labels, GRID_SEC)
        Cues(mask == np.arange(CLASSES)[:, None, None]).save(
            self.path('cues', f'{name}.png'), voc_palette(CLASSES))
        np.save(self.path('sec', f'{name}_cam.npy'), maps)
        np.save(self.path('sec', f'{name}_grad.npy'), gradient)


def voc_names() -> tuple[str, ...]:
    """VOC's class names, the background first."""
    from mmseg.datasets import PascalVOCDataset
    return PascalVOCDataset.METAINFO['classes']


def read_labels(path: Path) -> np.ndarray:
    """Class indices of a PNG mask, gray or with a palette, uint8 (H, W)."""
    return np.asarray(Image.open(path))


def same_masks(reference: Path, ours: Path) -> dict[str, float]:
    """Share of equal pixels in the masks of two folders."""
    names = sorted(path.name for path in ours.glob('*.png'))
    same = [(read_labels(reference / name) == read_labels(ours / name)).mean()
            for name in names]
    return dict(equal=float(np.mean(same)), masks=len(names))
