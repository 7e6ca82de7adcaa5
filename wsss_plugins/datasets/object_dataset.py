"""Objects with extreme points or boxes, a few of one image at a time."""
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmengine.dist import all_gather_object, get_dist_info
from mmengine.logging import MMLogger

from ..registry import DATASETS, FUNCTIONS
from ..structures import (
    ImageHeader,
    ObjectAnnotations,
    UserError,
)
from ..structures.extreme_points import ON_PROBLEM, Problem, problem_message
from ..structures.image_list import some
from .broken_samples import BrokenSamples
from .finished import unfinished

CHECKS = ('headers', 'exists', 'none')
# MAL's least box in training, in square pixels.
_MIN_BOX_AREA = 2048
_COLUMNS = ('ann_ids', 'category_ids', 'boxes', 'points')


@DATASETS.register_module()
class ObjectCropDataset(BrokenSamples, BaseDataset):
    """Objects of a COCO json, grouped so that an image is decoded once.

    A sample is up to ``objects_per_sample`` objects of one image:
    ``img_path``, ``img_id``, ``file_name``, ``height``, ``width``,
    ``sample_name``, and ``objects``, each a dict of ``ann_id``,
    ``category_id``, ``box`` (x0, y0, x1, y1 in pixels), ``points`` ((4, 2)
    pixel indices of top, left, bottom, right, or None) and, if asked for,
    ``segmentation``. All annotations and
    images are checked before the first sample is loaded. Crowd regions are
    left out; the writer of pseudo masks passes them through.

    Args:
        ann_file (str): COCO json with ``extreme_points`` or ``bbox``, relative
            to ``data_root``.
        data_prefix (dict): ``img_path``: folder that ``file_name`` is relative
            to; one that starts with ``./`` is relative to the working
            directory.
        objects_per_sample (int): Most objects of a sample; images with more
            give several samples. 1 is the sampling of MAL. Defaults to 8.
        min_box_area (float, optional): Boxes must have more square pixels.
            Defaults to 2048 (MAL) in training and to 0 in ``test_mode``.
        min_side (float): Boxes must be wider and higher. Defaults to 2.
        need_points (bool): Whether every object must have extreme points.
            False: a box will do, as for labeling and for MAL.
        keep_masks (bool): Whether samples hold ``segmentation``; for
            validation only. Defaults to False.
        clip (float): Points so far outside the image, in pixels, are moved
            in. Defaults to 1.
        on_problem (str): ``'raise'``: all mistakes of the file and its images
            are listed at once. ``'skip'``: objects with one are left out and
            counted.
        check (str): Of the images: ``'headers'`` (whole, and of the size that
            the json says), ``'exists'`` or ``'none'``.
        skip_done (str | dict, optional): Folder of the shards of a labeling
            stage, or ``dict(folder=..., suffix=...)`` of files: samples
            whose output is there are left out, see :func:`.unfinished`;
            this is how a stage that was cut off goes on.
        metainfo (dict, optional): Defaults to ``classes``, the categories of
            the file.
        data_root, indices, pipeline, test_mode, lazy_init, serialize_data:
            As in :class:`mmengine.dataset.BaseDataset`.

    Raises:
        UserError: With a line for each mistake in the file or its images, or
            if no object is left.
    """

    def __init__(self,
                 ann_file: str,
                 data_prefix: dict | None = None,
                 objects_per_sample: int = 8,
                 min_box_area: float | None = None,
                 min_side: float = 2.,
                 need_points: bool = True,
                 keep_masks: bool = False,
                 clip: float = 1.,
                 on_problem: str = 'raise',
                 check: str = 'headers',
                 skip_done: str | dict | None = None,
                 metainfo: dict | None = None,
                 data_root: str = '',
                 indices: int | Sequence[int] | None = None,
                 pipeline: Sequence = (),
                 test_mode: bool = False,
                 lazy_init: bool = False,
                 serialize_data: bool = True) -> None:
        for name, value, known in (('check', check, CHECKS),
                                   ('on_problem', on_problem, ON_PROBLEM)):
            if value not in known:
                raise UserError(f'{name}={value!r}; choose one of '
                                f'{", ".join(known)}')
        if objects_per_sample < 1:
            raise UserError(f'objects_per_sample={objects_per_sample}: a '
                            'sample needs at least one object')
        if min_box_area is None:
            min_box_area = 0 if test_mode else _MIN_BOX_AREA
        self.objects_per_sample = objects_per_sample
        self.min_box_area = min_box_area
        self.min_side = min_side
        self.reading = dict(
            need_points=need_points, keep_masks=keep_masks, clip=clip)
        self.on_problem = on_problem
        self.check = check
        self.skip_done = skip_done
        super().__init__(
            ann_file=ann_file,
            metainfo=metainfo,
            data_root=data_root or '',
            data_prefix=dict(data_prefix or dict(img_path='')),
            indices=indices,
            serialize_data=serialize_data,
            pipeline=list(pipeline),
            test_mode=test_mode,
            lazy_init=lazy_init)

    def load_data_list(self) -> list[dict]:
        """List the samples, checked as ``check`` says."""
        found = ObjectAnnotations.load(
            self.ann_file, on_problem='skip', **self.reading)
        self._metainfo.setdefault(
            'classes', tuple(str(c.get('name', c['id']))
                             for c in found.categories))
        chosen = self._large_enough(found)
        samples = list(self._grouped(found, np.flatnonzero(chosen)))
        samples = self._without_problems(found.problems, samples)
        self._log(found, chosen)
        if not samples:
            raise UserError(
                f'{self.ann_file}: none of {len(found)} objects is left, with '
                f'a box of more than {self.min_box_area} square pixels; set '
                'min_box_area lower or fix the file')
        if self.skip_done is not None:
            samples = unfinished(samples, self.skip_done)
        return samples

    def _without_problems(self, problems: list[Problem],
                          samples: list[dict]) -> list[dict]:
        """Stop with all problems, or leave out what has one."""
        broken = _image_problems(samples, self.check)
        problems = [*problems, *broken.values()]
        if problems and self.on_problem == 'raise':
            raise UserError(problem_message(self.ann_file, problems))
        if problems:
            MMLogger.get_current_instance().warning(
                '%s: %d problems, their objects are left out; the first: %s',
                self.ann_file, len(problems), problems[0])
        return [s for s in samples if s['img_id'] not in broken]

    def _log(self, found: ObjectAnnotations, chosen: np.ndarray) -> None:
        MMLogger.get_current_instance().info(
            '%s: %d objects, of which %d are too small and left out; %d crowd '
            'regions', self.ann_file, len(found),
            len(found) - int(chosen.sum()), len(found.crowd_ids))
        self._look_at_whole(found, chosen)

    def _look_at_whole(self, found: ObjectAnnotations,
                       chosen: np.ndarray) -> None:
        """Warn of what is odd about the file as a whole."""
        warn = MMLogger.get_current_instance().warning
        if 2 * int(chosen.sum()) < len(found):
            warn('%s: most objects are too small and left out; set '
                 'min_box_area lower if they are to count', self.ann_file)
        if len(found.crowd_ids) > len(found):
            warn('%s: more crowd regions (iscrowd: 1) than objects; nothing '
                 'is learned from them', self.ann_file)
        present = set(found.category_ids[chosen].tolist())
        absent = [str(c.get('name', c['id'])) for c in found.categories
                  if c['id'] not in present]
        if absent:
            warn('%s: %d of %d categories have no object: %s', self.ann_file,
                 len(absent), len(found.categories), some(absent))

    def _large_enough(self, found: ObjectAnnotations) -> np.ndarray:
        sides = found.boxes[:, 2:] - found.boxes[:, :2]
        return ((sides > self.min_side).all(axis=1)
                & (sides.prod(axis=1) > self.min_box_area))

    def _join_prefix(self) -> None:
        for key, folder in self.data_prefix.items():
            if folder and folder.startswith('./'):
                self.data_prefix[key] = os.path.abspath(folder)
        super()._join_prefix()

    def _grouped(self, found: ObjectAnnotations,
                 chosen: np.ndarray) -> Iterator[dict]:
        """Samples of the chosen objects, in the order of the images."""
        places = found.image_index[chosen]
        order = chosen[np.argsort(places, kind='stable')]
        starts = np.flatnonzero(np.diff(found.image_index[order], prepend=-1))
        for group in np.split(order, starts[1:]) if len(order) else ():
            image = found.images[found.image_index[group[0]]]
            for first in range(0, len(group), self.objects_per_sample):
                part = group[first:first + self.objects_per_sample]
                sample = dict(
                    img_path=os.path.join(self.data_prefix['img_path'],
                                          image['file_name']),
                    img_id=image['id'],
                    file_name=image['file_name'],
                    height=image['height'],
                    width=image['width'],
                    sample_name=f'{image["id"]}_{int(found.ids[part[0]])}',
                    ann_ids=found.ids[part],
                    category_ids=found.category_ids[part],
                    boxes=found.boxes[part],
                    points=found.points[part])
                if found.segmentations:
                    sample['masks'] = [found.segmentations[i] for i in part]
                yield sample

    def get_data_info(self, idx: int) -> dict:
        """One sample; columns, which take less memory, become objects."""
        info = super().get_data_info(idx)
        columns = [info.pop(key) for key in _COLUMNS]
        masks = info.pop('masks', None)
        info['objects'] = [
            dict(
                ann_id=int(ann_id),
                category_id=int(category),
                box=tuple(box.tolist()),
                points=None if np.isnan(points).any() else points)
            for ann_id, category, box, points in zip(*columns)
        ]
        for item, mask in zip(info['objects'], masks or ()):
            item['segmentation'] = mask
        return info


def _image_problems(samples: list[dict], level: str) -> dict[int, Problem]:
    """Images that are missing or broken, by id; the same on all ranks.

    Each rank checks its share, in threads.
    """
    if level == 'none':
        return {}
    rank, world_size = get_dist_info()
    objects = defaultdict(list)
    for sample in samples:
        objects[sample['img_id']] += sample['ann_ids'].tolist()
    images = {sample['img_id']: sample for sample in samples}
    share = list(images.values())[rank::world_size]
    with ThreadPoolExecutor(max_workers=8) as pool:
        found = pool.map(partial(_image_flaw, level=level), share,
                         chunksize=64)
        mine = {
            sample['img_id']: flaw for sample, flaw in zip(share, found)
            if flaw
        }
    flaws = {k: v for part in all_gather_object(mine) for k, v in part.items()}
    return {
        ident: Problem(ident, None, f'{flaws[ident]} (of annotations '
                       f'{", ".join(map(str, objects[ident]))})')
        for ident in sorted(flaws)
    }


def _image_flaw(sample: dict, level: str) -> str | None:
    path = sample['img_path']
    if level == 'exists':
        return None if os.path.isfile(path) else f'{path}: image not found'
    try:
        header = ImageHeader.read(path)
    except UserError as error:
        return str(error)
    said, size = (sample['height'], sample['width']), header.size
    if said not in (size, header.stored_size):
        return (f'{path} is {size[1]}x{size[0]}, but the json says '
                f'{said[1]}x{said[0]}')
    return None


@FUNCTIONS.register_module()
def collate_objects(samples: Sequence[dict]) -> dict:
    """Join the objects of several images into one batch.

    Args:
        samples (Sequence[dict]): As ``PackObjects`` gives them.

    Returns:
        dict: ``inputs``, uint8 (B, 3, S, S), and ``data_samples``, a list of
        B data elements, B the objects of all images.
    """
    return dict(
        inputs=torch.cat([sample['inputs'] for sample in samples]),
        data_samples=[
            element for sample in samples for element in sample['data_samples']
        ])
