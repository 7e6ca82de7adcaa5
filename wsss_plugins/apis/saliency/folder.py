"""Saliency maps of a whole folder, going on after a kill."""
from collections.abc import Mapping
from pathlib import Path

import cv2
from PIL import Image
from tqdm import tqdm

from ...own_images.copies import stamp_of
from ...own_images.made_files import MadeFiles
from ...structures import UserError, atomic_path
from ...structures.image_files import read_reduced
from .detector import Detector


def make_saliency(detector: Detector, images: Mapping[str, Path],
                  folder: Path) -> tuple[int, list[str]]:
    """Write the maps of images, those that are not there yet.

    A map is there if the same detector made it of the same file.

    Args:
        detector (Detector): Makes the maps.
        images (Mapping[str, Path]): Image by the path of its map below
            ``folder``.
        folder (Path): Where maps go: gray PNG files of the size of the
            upright image.

    Returns:
        tuple[int, list[str]]: Number of maps that were written; a message for
            each image that cannot be read.
    """
    made, flaws = MadeFiles(folder), []
    keys = {name: f'{detector.key} {path.absolute()} {stamp_of(path)}'
            for name, path in images.items()}
    todo = [name for name in images if not made.is_made(name, keys[name])]
    try:
        for name in tqdm(todo, desc='saliency', unit='image',
                         disable=not todo):
            try:
                _write(detector, images[name], folder / name)
            except UserError as flaw:
                # Only images may be skipped, not a network that fails.
                if not str(flaw).startswith(str(images[name])):
                    raise
                flaws.append(str(flaw))
                continue
            made.add(name, keys[name])
    finally:
        if todo:
            made.save()
    return len(todo) - len(flaws), flaws


def _write(detector: Detector, path: Path, target: Path) -> None:
    pixels, size = read_reduced(path, detector.side)
    found = cv2.resize(detector(pixels), size[::-1],
                       interpolation=cv2.INTER_LINEAR)
    with atomic_path(target) as temporary:
        Image.fromarray(found).save(temporary, format='PNG')
