"""Masks of objects from a trained generator, with arrays in and out."""
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmcv.transforms import Compose, LoadImageFromFile
from mmengine.config import Config
from mmengine.registry import DefaultScope, init_default_scope
from mmengine.runner.checkpoint import load_state_dict
from mmengine.utils import track_iter_progress
from torch.utils.data import DataLoader

from ..datasets.object_dataset import collate_objects
from ..datasets.transforms import LoadUprightImage
from ..evaluation.object_masks import (
    checked_thresholds,
    object_mask,
    size_bucket,
)
from ..evaluation.pseudo_instance_writer import PseudoInstanceWriter
from ..models.converters.check import check_checkpoint
from ..models.converters.checkpoint_files import read_checkpoint, weights_of
from ..models.utils.finite_outputs import watch_outputs
from ..ops.points.extreme_points import out_of_order, points_box
from ..registry import DATASETS, METRICS, MODELS, TRANSFORMS
from ..structures import UserError
from .devices import checked_device
from .launch import stamp_writers
from .read_config import read_config

_BEYOND = 1.  # pixels that a point may lie outside the image


class MaskLabeler:
    """Draws masks of objects that are told by a box or by four points.

    The box of the points is what the network sees: points tell where it is,
    and no more, since a generator learns from points and then needs none.

    Args:
        config (str | PathLike | Config): Test config of a generator.
        checkpoint (str | PathLike): Its weights.
        device (str): Where to compute. Defaults to ``'cpu'``.
        threshold (float | Sequence[float]): Probability that a mask must
            exceed, one or one for small, medium and large boxes. Defaults to
            what the config's writer has.
        batch_size (int): Objects that are computed at a time. Defaults to 16.

    Raises:
        UserError: If a file is missing or they do not belong together.

    Example:
        >>> labeler = MaskLabeler(config, checkpoint, 'cuda')
        >>> masks = labeler.predict(image, boxes=[[10, 20, 90, 80]])
    """

    def __init__(self,
                 config: str | os.PathLike | Config,
                 checkpoint: str | os.PathLike,
                 device: str = 'cpu',
                 threshold: float | Sequence[float] | None = None,
                 batch_size: int = 16) -> None:
        self.cfg = _read_config(config)
        writer = _writer_of(self.cfg)
        if threshold is None:
            threshold = writer.get('threshold', .1)
        self.thresholds = checked_thresholds(threshold, 'MaskLabeler')
        if batch_size < 1:
            raise UserError(f'MaskLabeler: batch_size={batch_size} is not at '
                            'least 1')
        self.batch_size = batch_size
        device = checked_device(device)
        self.checkpoint = str(checkpoint)
        init_default_scope(self.cfg.get('default_scope', 'mmseg'))
        with self._scope():
            self.model = MODELS.build(self.cfg.model)
        self._load()
        self.model.to(device).eval()
        self._transforms = self._pipeline()

    def _scope(self):
        return DefaultScope.overwrite_default_scope(
            self.cfg.get('default_scope', 'mmseg'))

    def _load(self) -> None:
        state = weights_of(read_checkpoint(self.checkpoint), self.checkpoint)
        check_checkpoint(self.model, state, self.checkpoint)
        load_state_dict(self.model, state)
        watch_outputs(self.model)

    def _pipeline(self) -> Compose:
        """The test pipeline behind the loading of the image."""
        steps = [
            step for step in self.cfg.test_dataloader.dataset.pipeline
            if not _reads_image(step['type'])
        ]
        with self._scope():
            return Compose(steps)

    def predict(self,
                image: np.ndarray,
                points: np.ndarray | Sequence | None = None,
                boxes: np.ndarray | Sequence | None = None) -> np.ndarray:
        """Masks of the objects of an image.

        Args:
            image (np.ndarray): RGB, uint8 (H, W, 3).
            points (array, optional): x and y of top, left, bottom and right
                of each object, pixel indices, (N, 4, 2).
            boxes (array, optional): x0, y0, x1, y1 of each object, pixel
                indices, both ends included, (N, 4). Either points or boxes.

        Returns:
            np.ndarray: bool (N, H, W); a mask is empty where the network is
            sure of nothing.

        Raises:
            UserError: Naming each object and what is wrong with it.
        """
        image = _checked_image(image)
        boxes = _checked_boxes(points, boxes, image.shape[:2])
        masks = np.zeros((len(boxes), *image.shape[:2]), dtype=bool)
        for first in range(0, len(boxes), self.batch_size):
            part = slice(first, first + self.batch_size)
            for place, sample in enumerate(
                    self._samples(image, boxes[part]), first):
                masks[place] = object_mask(
                    sample, self.thresholds[size_bucket(sample['box_area'])])
        return masks

    def _samples(self, image: np.ndarray, boxes: np.ndarray) -> list[dict]:
        objects = [
            dict(ann_id=i, category_id=0, box=tuple(box), points=None)
            for i, box in enumerate(boxes.tolist())
        ]
        results = dict(
            img=np.ascontiguousarray(image[..., ::-1]),
            img_id=0,
            img_path='image',
            objects=objects)
        with torch.no_grad():
            samples = self.model.test_step(
                collate_objects([self._transforms(results)]))
        return [sample.to_dict() for sample in samples]

    def label_file(self,
                   ann_file: str | os.PathLike,
                   images: str | os.PathLike,
                   out_dir: str | os.PathLike,
                   fallback: str = 'box',
                   num_workers: int = 0,
                   masks: str = 'rle') -> dict[str, float]:
        """Masks of all objects of a COCO json, as a COCO json.

        A run that was cut off goes on where it stopped.

        Args:
            ann_file (str | PathLike): COCO json with ``bbox`` or
                ``extreme_points``.
            images (str | PathLike): Folder that its file names are relative
                to.
            out_dir (str | PathLike): Folder for ``instances.json``; see
                :class:`.PseudoInstanceWriter`.
            fallback (str): What objects get that have no mask: ``'box'`` or
                ``'drop'``.
            num_workers (int): Processes that read images.
            masks (str): ``'rle'`` or ``'polygon'``, see
                :class:`.PseudoInstanceWriter`.

        Returns:
            dict[str, float]: Numbers of masks and of objects without one.

        Raises:
            UserError: Listing all that is wrong in the file.
        """
        out_dir = Path(out_dir).resolve()
        writer = PseudoInstanceWriter(
            str(ann_file), str(out_dir), self.thresholds, fallback,
            masks=masks, stamp=_stamp(self.cfg, self.checkpoint))
        options = dict(
            self.cfg.test_dataloader.dataset,
            ann_file=str(Path(ann_file).resolve()),
            data_root='',
            data_prefix=dict(img_path=str(Path(images).resolve())),
            need_points=False,
            skip_done=str(out_dir / 'shards'),
            test_mode=True)
        with self._scope():
            dataset = DATASETS.build(options)
        loader = DataLoader(dataset, num_workers=num_workers,
                            collate_fn=collate_objects)
        for batch in track_iter_progress((loader, len(loader))):
            with torch.no_grad():
                samples = self.model.test_step(batch)
            writer.process(batch, [sample.to_dict() for sample in samples])
        return writer.evaluate(len(dataset))


def _read_config(config: str | os.PathLike | Config) -> Config:
    if isinstance(config, Config):
        return config.copy()
    return read_config(config, ('model', 'test_dataloader'))


def _writer_of(cfg: Config) -> dict:
    evaluators = cfg.get('test_evaluator') or []
    if isinstance(evaluators, dict):
        evaluators = [evaluators]
    for evaluator in evaluators:
        if METRICS.get(evaluator['type']) is PseudoInstanceWriter:
            return evaluator
    raise UserError(f'{cfg.filename}: no wsss_plugins.PseudoInstanceWriter in '
                    'test_evaluator; name the config of a mask generator')


def _reads_image(kind: str) -> bool:
    """Whether a transform reads the image file, which is given here."""
    found = TRANSFORMS.get(kind)
    return isinstance(found, type) and issubclass(
        found, (LoadImageFromFile, LoadUprightImage))


def _stamp(cfg: Config, checkpoint: str) -> dict:
    """What the masks depend on, as a test stage tells its writer."""
    cfg = cfg.copy()
    stamp_writers(cfg, checkpoint)
    return _writer_of(cfg)['stamp']


def _checked_image(image: np.ndarray) -> np.ndarray:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or (
            image.ndim != 3 or image.shape[2] != 3 or not image.size):
        what = (f'{image.dtype} {image.shape}' if isinstance(
            image, np.ndarray) else type(image).__name__)
        raise UserError(f'image is {what}; give RGB as uint8 (H, W, 3)')
    return image


def _checked_boxes(points, boxes, size: tuple[int, int]) -> np.ndarray:
    """Boxes of the objects, in the image, float64 (N, 4)."""
    if (points is None) == (boxes is None):
        raise UserError('give either points or boxes of the objects')
    problems: list[str] = []
    if points is not None:
        points = _numbers(points, (4, 2), 'points')
        for i, four in enumerate(points):
            wrong = out_of_order(four)
            if wrong:
                problems.append(f'object {i}: points {four.tolist()} are not '
                                f'top, left, bottom and right: {wrong[0]}')
        boxes = points_box(points)
    boxes = _numbers(boxes, (4, ), 'boxes')
    last = np.array([size[1] - 1, size[0] - 1] * 2, dtype=np.float64)
    inside = np.clip(boxes, 0, last)
    for i, (box, inner) in enumerate(zip(boxes, inside)):
        if (box[2:] <= box[:2]).any():
            problems.append(f'object {i}: box {box.tolist()} is empty')
        elif np.abs(box - inner).max() > _BEYOND:
            problems.append(f'object {i}: box {box.tolist()} leaves the image '
                            f'({size[1]}x{size[0]})')
    if problems:
        raise UserError('; '.join(problems))
    return inside


def _numbers(values, shape: tuple[int, ...], name: str) -> np.ndarray:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise UserError(f'{name} are no numbers; give (N, '
                        f'{", ".join(map(str, shape))})') from None
    if array.size == 0:
        return array.reshape(0, *shape)
    if array.shape[1:] != shape or not np.isfinite(array).all():
        raise UserError(f'{name} are {array.shape}, or not finite; give (N, '
                        f'{", ".join(map(str, shape))})')
    return array
