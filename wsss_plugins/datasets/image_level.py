"""Images with image-level labels, and whatever maps come with them."""
import os
from collections.abc import Sequence
from pathlib import Path

from mmengine.logging import MMLogger
from mmseg.datasets import BaseSegDataset

from ..registry import DATASETS
from ..structures import (
    BACKGROUND,
    IMAGE_SUFFIXES,
    ClassSpace,
    ImageFolder,
    ImageLabels,
    UserError,
    background_index,
    read_image_list,
    voc_palette,
)
from ..structures.image_list import some
from .broken_samples import BrokenSamples
from .checks import LEVELS, check_files
from .finished import unfinished
from .transforms.upright_image import LoadUprightImage


@DATASETS.register_module()
class ImageLevelDataset(BrokenSamples, BaseSegDataset):
    """A folder of images with image-level labels in JSON.

    Every sample holds ``img_path``, ``sample_name``, ``num_classes``,
    ``background`` (its class index, if a class is named so), ``gt_label``
    (foreground indices of its labels) and ``num_foreground``; for each entry
    ``X_path=folder`` of ``data_prefix`` it also holds ``X_path``, the file of
    the same stem in that folder, so that saliency maps, CAM files, masks and
    other maps are found by one rule.

    Args:
        label_file (str, optional): JSON of :class:`ImageLabels`, relative to
            ``data_root``. Without it samples carry no labels (training of a
            segmentor on masks), and ``metainfo`` must name the classes.
        ann_file (str): List of images, see :func:`.read_image_list`. Without
            it all images of the label file, or of the folder, are taken.
        img_suffix (str, optional): Suffix of image files, in capitals or not.
            None: any of the usual ones.
        data_prefix (dict): Folders: ``img_path``, and any of
            ``seg_map_path``, ``saliency_path``, ``cam_path``,
            ``context_path``, ... relative to ``data_root``; one that starts
            with ``./`` is relative to the working directory.
        map_suffix (dict): Suffix of the files of a prefix where it is not
            ``.png``. ``cam_path`` is ``.npz`` already.
        allow_unlabeled (bool): Whether images without labels are kept rather
            than refused. Defaults to False.
        check (str): What to check before the first sample is loaded:
            ``'exists'`` (files are there), ``'headers'`` (they are whole, and
            maps have the size of their image), ``'full'`` (masks hold known
            class indices only; masks and saliency maps show something) or
            ``'none'``. Defaults to ``'full'``.
        skip_done (dict, optional): ``dict(folder=..., suffix=...)``: leave
            out images whose output is already in that folder; this is how an
            inference stage that was cut off goes on.
        metainfo (dict, optional): ``classes`` (with ``'background'``) and
            ``palette``. Defaults to the dataset's own, else to the classes of
            the label file behind a background of index 0.
        data_root, indices, pipeline, test_mode, lazy_init: As in
            :class:`mmseg.datasets.BaseSegDataset`.
        serialize_data, ignore_index: Likewise.

    Raises:
        UserError: Naming the file, the value and the fix, for anything that
            is missing, cut off, of another size or of an unknown class.
    """

    def __init__(self,
                 label_file: str | None = None,
                 ann_file: str = '',
                 img_suffix: str | None = '.jpg',
                 data_prefix: dict | None = None,
                 map_suffix: dict | None = None,
                 allow_unlabeled: bool = False,
                 check: str = 'full',
                 skip_done: dict | None = None,
                 metainfo: dict | None = None,
                 data_root: str | None = None,
                 indices: int | Sequence[int] | None = None,
                 pipeline: Sequence = (),
                 test_mode: bool = False,
                 lazy_init: bool = False,
                 serialize_data: bool = True,
                 ignore_index: int = 255) -> None:
        if check not in LEVELS:
            raise UserError(f'check={check!r}; choose one of '
                            f'{", ".join(LEVELS)}')
        self.map_suffix = {'cam_path': '.npz', **(map_suffix or {})}
        self.allow_unlabeled = allow_unlabeled
        self.check = check
        self.skip_done = skip_done
        self.labels = self._load_labels(label_file, data_root)
        super().__init__(
            ann_file=ann_file,
            img_suffix=img_suffix,
            metainfo=self._with_classes(metainfo),
            data_root=data_root,
            data_prefix=dict(data_prefix or dict(img_path='')),
            indices=indices,
            serialize_data=serialize_data,
            pipeline=list(pipeline),
            test_mode=test_mode,
            lazy_init=lazy_init,
            ignore_index=ignore_index)

    @staticmethod
    def _load_labels(label_file: str | None,
                     data_root: str | None) -> ImageLabels | None:
        if label_file is None:
            return None
        return ImageLabels.load(Path(data_root or '', label_file))

    def _with_classes(self, metainfo: dict | None) -> dict | None:
        """Take the classes of the label file where nobody names others."""
        metainfo = dict(metainfo or {})
        if self.METAINFO.get('classes'):
            return metainfo
        if 'classes' in metainfo:
            metainfo.setdefault('palette', _palette(metainfo['classes']))
            return metainfo
        if self.labels is None:
            raise UserError('no classes: give label_file, or metainfo with '
                            "the classes' names")
        metainfo['classes'] = ClassSpace.from_foreground(
            self.labels.classes).names
        metainfo.setdefault('palette', _palette(metainfo['classes']))
        return metainfo

    @property
    def class_space(self) -> ClassSpace:
        """Names and numbering of the dataset's classes."""
        return ClassSpace(self._metainfo['classes'])

    def load_data_list(self) -> list[dict]:
        """List the samples, checked as ``check`` says."""
        suffix = self.img_suffix
        self._images = ImageFolder(self.data_prefix['img_path'],
                                   (suffix, ) if suffix else IMAGE_SUFFIXES)
        samples = [self._sample(name) for name in self._names()]
        if not samples:
            raise UserError(
                f'{self.ann_file or self.data_prefix["img_path"]}: no images; '
                'fix the list or the folder')
        self._look_at_labels(samples)
        turns_all = any(isinstance(step, LoadUprightImage)
                        for step in self.pipeline.transforms)
        check_files(samples, self.check, *self._mask_classes(), turns_all)
        if self.skip_done is not None:
            samples = unfinished(samples, self.skip_done)
        return samples

    def _mask_classes(self) -> tuple[int, int]:
        """Number of classes in masks, and which is the background.

        Masks are written in the dataset's own classes, then mapped.
        """
        names = self.METAINFO.get('classes') or self._metainfo['classes']
        found = names.index(BACKGROUND) if BACKGROUND in names else -1
        return len(names), found

    def _look_at_labels(self, samples: list[dict]) -> None:
        """Warn about classes that no image of the set shows."""
        if self.labels is None or self.test_mode:
            return
        shown = {label for s in samples for label in s['gt_label']}
        names = self.class_space.foreground_names
        absent = [n for i, n in enumerate(names) if i not in shown]
        if absent:
            MMLogger.get_current_instance().warning(
                '%s: no image shows %d of %d classes: %s',
                self.ann_file or 'the label file', len(absent), len(names),
                some(absent))

    def _join_prefix(self) -> None:
        for key, folder in self.data_prefix.items():
            if folder and folder.startswith('./'):
                self.data_prefix[key] = os.path.abspath(folder)
        super()._join_prefix()

    def _names(self) -> list[str]:
        known = None if self.labels is None else self.labels.images
        if self.ann_file:
            return read_image_list(self.ann_file, known)
        return self._images.stems() if known is None else sorted(known)

    def _sample(self, name: str) -> dict:
        sample = dict(
            sample_name=name,
            img_path=self._image_path(name),
            label_map=self.label_map,
            reduce_zero_label=self.reduce_zero_label,
            num_classes=len(self._metainfo['classes']),
            seg_fields=[])
        background = background_index(self._metainfo['classes'])
        if background is not None:
            sample['background'] = background
        for key, folder in self.data_prefix.items():
            if key != 'img_path' and folder:
                sample[key] = os.path.join(
                    folder, name + self.map_suffix.get(key, '.png'))
        if self.labels is not None:
            space = self.class_space
            sample['gt_label'] = space.label_indices(
                self._labels_of(name)).tolist()
            sample['num_foreground'] = len(space.foreground)
        return sample

    def _image_path(self, name: str) -> str:
        """File of an image; where it should be, if it is missing."""
        return self._images.find(name) or os.path.join(
            self.data_prefix['img_path'], name + self._images.suffixes[0])

    def _labels_of(self, name: str) -> tuple[str, ...]:
        labels = self.labels.images.get(name, ())
        if not labels and not self.allow_unlabeled:
            raise UserError(
                f"image '{name}' of {self.ann_file or 'the label file'} has "
                'no labels; label it, take it off the list, or set '
                'allow_unlabeled=True')
        return labels


def _palette(names: Sequence[str]) -> list[list[int]]:
    """VOC's colors, black for the background wherever it is."""
    colors = list(voc_palette(len(names)))
    black = colors.pop(0)
    colors.insert(background_index(names) or 0, black)
    return colors
