"""Masks of all images of a folder, one after the other."""
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from ..evaluation.stamp import claim_folder
from ..structures import UserError, atomic_path, read_image, write_json
from .image_tree import ImageTree
from .overlay_page import write_overlay_page
from .segmentation import Segmentation
from .segmentor import Segmentor

MASKS, OVERLAYS, PAGE = 'masks', 'overlays', 'index.html'
CLASSES, PROBLEMS = 'classes.json', 'problems.json'
_OVERLAY_SIDE = 640
_FIX = 'open it, and save it as JPEG or PNG again; the others are done'


@dataclass
class Predicted:
    """What became of the images of a folder.

    Attributes:
        done (int): Masks that were made.
        kept (int): Masks that were there already.
        problems (list[dict]): ``level``, ``where``, ``what`` and ``fix`` of
            each image that could not be read.
    """
    done: int = 0
    kept: int = 0
    problems: list[dict] = field(default_factory=list)


def predict_folder(segmentor: Segmentor,
                   images: str | os.PathLike,
                   out: str | os.PathLike,
                   overlays: bool = False) -> Predicted:
    """Write the masks of a folder of images; a batch is in memory at a time.

    A run that was cut off goes on where it stopped: masks that are younger
    than their images stay.

    Args:
        segmentor (Segmentor): Draws them.
        images (str | PathLike): Folder, nested or not, or one image.
        out (str | PathLike): Gets ``masks/`` in the layout of the images,
            palette PNGs of their size; ``classes.json``; ``problems.json`` of
            images that cannot be read.
        overlays (bool): Also draw masks over images, into ``overlays/``, and
            a page of them, ``index.html``.

    Raises:
        UserError: If there are no images, none can be read, or ``out`` holds
            masks of another segmentor.
    """
    out, tree = Path(out), ImageTree(images, out)
    total = tree.count()
    if not total:
        raise UserError(f'{images}: no images in it, nor in folders below it')
    claim_folder(out, segmentor.fingerprint)
    write_json(out / CLASSES, dict(
        classes=list(segmentor.classes), palette=segmentor.palette), indent=1,
        ensure_ascii=False)
    run = _Run(segmentor, out, overlays)
    with tqdm(total=total, desc='predict', unit='image') as bar:
        for image, name in tree:
            run.take(image, name)
            bar.update()
        run.finish()
    _tell(run.found, out, images)
    if overlays:
        write_overlay_page(
            out / PAGE, ((name, f'{OVERLAYS}/{name}.jpg',
                          f'{MASKS}/{name}.png') for _, name in tree
                         if (out / OVERLAYS / f'{name}.jpg').is_file()))
    return run.found


def _tell(found: Predicted, out: Path, images: str | os.PathLike) -> None:
    """Leave a list of problems, or none."""
    if found.problems:
        write_json(out / PROBLEMS, found.problems, indent=1,
                   ensure_ascii=False)
    else:
        (out / PROBLEMS).unlink(missing_ok=True)
    if not found.done and not found.kept:
        first = found.problems[0]
        raise UserError(f'{images}: none of its {len(found.problems)} images '
                        f'can be read, {first["where"]}: {first["what"]} '
                        'for one; fetch them again')


class _Run:
    """Collects batches of images, and writes their masks."""

    def __init__(self, segmentor: Segmentor, out: Path,
                 overlays: bool) -> None:
        self.segmentor, self.out = segmentor, out
        self.overlays = overlays
        self.found = Predicted()
        self.waiting: deque[tuple[str, np.ndarray]] = deque()

    def take(self, image: Path, name: str) -> None:
        """Put an image into the batch, unless it is done."""
        if all(_is_younger(path, image) for path in self._targets(name)):
            self.found.kept += 1
            return
        try:
            pixels = read_image(image)
        except UserError as error:
            flaw = str(error).removeprefix(f'{image}: ').rpartition('; ')[0]
            self.found.problems.append(dict(
                level='error', where=str(image), what=flaw, fix=_FIX))
            return
        self.waiting.append((name, pixels))
        if len(self.waiting) == self.segmentor.batch_size:
            self.finish()

    def finish(self) -> None:
        """Draw and write what is in the batch."""
        for name, found in self._drawn():
            if self.overlays:
                _save_small(found, self.out / OVERLAYS / f'{name}.jpg')
            found.save(self.out / MASKS / f'{name}.png', 'png')
            self.found.done += 1

    def _drawn(self) -> Iterator[tuple[str, Segmentation]]:
        names = [name for name, _ in self.waiting]
        images = [pixels for _, pixels in self.waiting]
        self.waiting.clear()
        yield from zip(names, self.segmentor.stream(images))

    def _targets(self, name: str) -> list[Path]:
        targets = [self.out / MASKS / f'{name}.png']
        if self.overlays:
            targets.append(self.out / OVERLAYS / f'{name}.jpg')
        return targets


def _is_younger(path: Path, image: Path) -> bool:
    return path.is_file() and (
        path.stat().st_mtime_ns >= image.stat().st_mtime_ns)


def _save_small(found: Segmentation, path: Path) -> None:
    with atomic_path(path) as temporary:
        Image.fromarray(found.overlay(_OVERLAY_SIDE)).save(
            temporary, quality=85)
