"""Masks of images from a trained segmentor, with arrays in and out."""
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope, init_default_scope
from mmengine.runner.checkpoint import load_state_dict
from mmengine.utils import import_modules_from_strings
from mmseg.registry import MODELS, TRANSFORMS
from PIL import Image
from torch import Tensor

from ..models.converters.check import check_checkpoint
from ..models.converters.checkpoint_files import weights_digest
from ..structures import UserError, read_image, voc_palette
from .devices import checked_device
from .segmentation import Segmentation
from .segmentor_files import read_segmentor

_LOADER = 'LoadImageFromFile'


class Segmentor:
    """Draws the masks of images with a trained segmentor.

    Images that are larger than those it was trained on are computed at that
    size; their masks are as large as the images.

    Args:
        model (str | PathLike | Config): Folder of a segmentor, as ``wsss
            label-images`` writes one, or any config of mmseg.
        weights (str | PathLike, optional): Checkpoint of a config; a folder
            has its own.
        device (str, optional): Where to compute. Defaults to the GPU if
            there is one.
        tta (bool): Average over flips, and over the sizes that the config's
            ``tta_pipeline`` names. Defaults to False.
        batch_size (int): Images that are computed at a time, where they have
            one size. Defaults to 4.
        max_side (int, optional): Longer side that larger images are computed
            at. Defaults to what the folder tells, or 1024.

    Raises:
        UserError: If a file is missing or they do not belong together.

    Example:
        >>> segmentor = Segmentor('OUT/segmentor')
        >>> found = segmentor('image.jpg')
        >>> found.save('mask.png')
    """

    def __init__(self,
                 model: str | os.PathLike | Config,
                 weights: str | os.PathLike | None = None,
                 device: str | None = None,
                 tta: bool = False,
                 batch_size: int = 4,
                 max_side: int | None = None) -> None:
        device = checked_device(device)
        if batch_size < 1:
            raise UserError(f'batch_size={batch_size} is not at least 1')
        files = read_segmentor(model, weights)
        self.cfg, self.weights_file = files.cfg, files.weights_file
        self.batch_size = batch_size
        self.max_side = max_side or files.max_side
        self.tta = tta
        self._import_modules()
        init_default_scope(self.cfg.get('default_scope', 'mmseg'))
        with self._scope():
            self.model = MODELS.build(self.cfg.model)
            self._views = [self._compose(view) for view in self._pipelines()]
        check_checkpoint(self.model, files.weights, files.weights_file)
        load_state_dict(self.model, files.weights)
        self.model.to(device).eval()
        self.classes, self.palette = _complete(
            files.classes, files.palette, _num_classes(self.model),
            files.weights_file)

    @property
    def fingerprint(self) -> dict:
        """What its masks depend on, beside the image."""
        return dict(weights=weights_digest(self.weights_file),
                    max_side=self.max_side, tta=self.tta)

    def __call__(
        self, images: str | os.PathLike | np.ndarray | Sequence
    ) -> Segmentation | list[Segmentation]:
        """Masks of one image or several.

        Args:
            images (str | PathLike | np.ndarray | Sequence): Path of an image
                file, or RGB, uint8 (H, W, 3); or a list of such.

        Returns:
            Segmentation | list[Segmentation]: One for each image.

        Raises:
            UserError: If a file is no image, or an array of another kind.
        """
        if isinstance(images, (str, os.PathLike, np.ndarray)):
            return next(self.stream([images]))
        return list(self.stream(images))

    def stream(self, images: Iterable[str | os.PathLike | np.ndarray]
               ) -> Iterator[Segmentation]:
        """Masks of any number of images, in order, a batch in memory.

        Args:
            images (Iterable): As of :meth:`__call__`.

        Yields:
            Segmentation: Of each image.
        """
        batch: list[tuple] = []
        for image in images:
            batch.append((image, pixels_of(image)))
            if len(batch) == self.batch_size:
                yield from self._segment(batch)
                batch = []
        if batch:
            yield from self._segment(batch)

    def folder(self, images: str | os.PathLike, out: str | os.PathLike,
               overlays: bool = False):
        """Masks of all images of a folder, with a bar.

        Arguments, errors and what is returned are those of
        :func:`.predict_folder`.
        """
        from .predict_folder import predict_folder
        return predict_folder(self, images, out, overlays)

    def _segment(self, batch: Sequence[tuple]) -> Iterator[Segmentation]:
        work = [_shrunk(pixels, self.max_side) for _, pixels in batch]
        for (source, pixels), scores in zip(batch, self._scores(work)):
            yield Segmentation.of_scores(
                scores.cpu().numpy(), pixels, self.classes, self.palette,
                None if isinstance(source, np.ndarray) else Path(source))

    @torch.no_grad()
    def probabilities(self, image: np.ndarray,
                      as_is: bool = False) -> np.ndarray:
        """Probabilities of all classes of an image.

        Args:
            image (np.ndarray): RGB, uint8 (H, W, 3).
            as_is (bool): Hand it to the network at its own size, once,
                whatever the test pipeline does. Defaults to False.

        Returns:
            np.ndarray: float32 (C, h, w), of the size of the image, or that
            of ``max_side`` if the image is larger.
        """
        work = _shrunk(pixels_of(image), self.max_side)
        if as_is:
            packed = self._compose(self._pipelines()[0][-1:])(_results(work))
            return self._of_view([packed])[0].cpu().numpy()
        return self._scores([work])[0].cpu().numpy()

    @torch.no_grad()
    def _scores(self, images: Sequence[np.ndarray]) -> list[Tensor]:
        """Probabilities of the classes, float (C, h, w), of each image."""
        total = None
        for view in self._views:
            found = self._of_view([view(_results(one)) for one in images])
            total = found if total is None else [
                old + new for old, new in zip(total, found)]
        return [one / len(self._views) for one in total]

    def _of_view(self, packed: Sequence[dict]) -> list[Tensor]:
        """Probabilities of images; those of one size go together."""
        groups: dict[tuple, list[int]] = {}
        for place, one in enumerate(packed):
            groups.setdefault(tuple(one['inputs'].shape), []).append(place)
        found: list = [None] * len(packed)
        for places in groups.values():
            data = pseudo_collate([packed[place] for place in places])
            for place, sample in zip(places, self.model.test_step(data)):
                found[place] = self._probabilities(sample.seg_logits.data)
        return found

    def _probabilities(self, logits: Tensor) -> Tensor:
        logits = logits.float()
        if len(logits) == 1:  # mmseg has applied the sigmoid
            threshold = self.model.decode_head.threshold
            # Above the threshold, the object's score is the greater one.
            rising = torch.where(
                logits > threshold, .5 + (logits - threshold)
                / (2 * max(1 - threshold, 1e-6)), logits / (2 * threshold))
            return torch.cat([1 - rising, rising])
        sums = logits.sum(dim=0)
        if logits.min() >= 0 and ((sums - 1).abs() < 1e-3).all():
            return logits  # some heads give probabilities
        return logits.softmax(dim=0)

    def _import_modules(self) -> None:
        imports = self.cfg.get('custom_imports')
        if imports:
            try:
                import_modules_from_strings(**imports)
            except ImportError as error:
                raise UserError(f'custom_imports of the segmentor: {error}; '
                                'install what it was trained with') from None

    def _pipelines(self) -> list[list[dict]]:
        """Steps of each view of an image."""
        steps = _after_loading(self.cfg.test_pipeline)
        if not self.tta:
            return [steps]
        told = _after_loading(self.cfg.get('tta_pipeline') or ())
        if [step['type'] for step in told] == ['TestTimeAug']:
            return _combinations(told[0]['transforms'])
        flips = [[dict(type='RandomFlip', prob=float(prob))]
                 for prob in (0, 1)]
        return [[*steps[:-1], *flip, steps[-1]] for flip in flips]

    def _compose(self, steps: Sequence[dict]):
        built = [TRANSFORMS.build(dict(step)) for step in steps]

        def view(results: dict) -> dict:
            for step in built:
                results = step(results)
            return results

        return view

    def _scope(self):
        return DefaultScope.overwrite_default_scope(
            self.cfg.get('default_scope', 'mmseg'))


def _after_loading(steps: Sequence[dict]) -> list[dict]:
    return [step for step in steps if step['type'] != _LOADER]


def _combinations(branches: Sequence[Sequence[dict]]) -> list[list[dict]]:
    """Every choice of a step from each branch of ``TestTimeAug``."""
    found: list[list[dict]] = [[]]
    for branch in branches:
        found = [[*before, *(step if isinstance(step, list) else [step])]
                 for before in found for step in branch]
    return found


def pixels_of(image: str | os.PathLike | np.ndarray) -> np.ndarray:
    """Pixels of an image file or array, RGB, uint8 (H, W, 3).

    Raises:
        UserError: If it is neither.
    """
    if isinstance(image, (str, os.PathLike)):
        return read_image(image)
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or (
            image.ndim != 3 or image.shape[2] != 3 or not image.size):
        what = (f'{image.dtype} {image.shape}' if isinstance(
            image, np.ndarray) else type(image).__name__)
        raise UserError(f'image is {what}; give a path, or RGB as uint8 '
                        '(H, W, 3)')
    return image


def _shrunk(pixels: np.ndarray, side: int) -> np.ndarray:
    """An image whose longer side is at most ``side``."""
    height, width = pixels.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return pixels
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(
        Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def _results(pixels: np.ndarray) -> dict:
    """What the loading of an image would have given: BGR."""
    size = pixels.shape[:2]
    return dict(
        img=np.ascontiguousarray(pixels[..., ::-1]), img_path='image',
        seg_map_path=None, seg_fields=[], reduce_zero_label=False,
        img_shape=size, ori_shape=size)


def _num_classes(model) -> int:
    return max(2, int(model.num_classes))


def _complete(classes: Sequence[str], palette: Sequence, count: int,
              path: str) -> tuple[tuple[str, ...], list[list[int]]]:
    """Names and colors of all classes, by number where none are told."""
    if classes and len(classes) != count:
        raise UserError(f'{path}: {len(classes)} class names, but the model '
                        f'has {count} classes; take the checkpoint that was '
                        'trained with this config')
    names = tuple(classes) or tuple(f'class {i}' for i in range(count))
    colors = list(palette) if len(palette) == count else voc_palette(count)
    return names, colors
