"""Saliency maps of all photos, checked and written at work size."""
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
from PIL import Image

from ..structures import (
    ImageHeader,
    Problem,
    UserError,
    atomic_path,
)
from ..structures.gray_map import GrayValues, read_gray
from ..structures.image_list import some
from ..structures.problems import error, errors_of, problem_of
from .copies import stamp_of
from .entries import Entry
from .made_files import MadeFiles
from .map_files import MapMatcher
from .workers import run_parallel

_WHAT = 'saliency'
# Pixels that the shape of a smaller map may be off by rounding.
_ROUNDING = 1.


@dataclass
class SaliencyMaps:
    """Saliency of the photos.

    Attributes:
        paths (dict[str, Path]): Map by source of the photo.
        problems (list[Problem]): What is wrong.
    """
    paths: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_saliency(folder: str | os.PathLike, matcher: MapMatcher,
                  sizes: Mapping[str, tuple[int, int]],
                  used: Sequence[str]) -> SaliencyMaps:
    """Find and check the saliency maps of a folder.

    Args:
        folder (str | PathLike): Gray images of 8 bits, white where something
            stands out, named as their photos; of the size of the upright
            photo, or smaller or larger in its shape.
        matcher (MapMatcher): Of the photos.
        sizes (Mapping[str, tuple[int, int]]): Height and width, upright, of
            photos by source.
        used (Sequence[str]): Photos that need a map.
    """
    files = matcher.match(folder, _WHAT)
    # That photos are not used is told of the photos.
    maps = SaliencyMaps(files.paths, errors_of(files.problems))
    missing = [source for source in used if source not in maps.paths]
    if missing and maps.paths:
        maps.problems.append(error(
            f'photos without {_WHAT}', folder, f'no map of {len(missing)} of '
            f'{len(used)} photos: {some(missing)}', 'make the missing maps: '
            'tools/make_saliency.py MODEL.onnx PHOTOS MAPS'))
    for source, path in sorted(maps.paths.items()):
        try:
            size = ImageHeader.read(path, f'{_WHAT} map').size
        except UserError as flaw:
            maps.problems.append(problem_of(
                f'{_WHAT} that cannot be used', flaw))
            continue
        if not _same_shape(size, sizes[source]):
            maps.problems.append(error(
                f'{_WHAT} of another shape than its photo', path,
                f'{size[1]} x {size[0]} pixels, but {source} has '
                f'{sizes[source][1]} x {sizes[source][0]} upright',
                'make it again of the upright photo'))
    if not maps.problems:
        maps.problems += _values(folder, maps.paths)
    return maps


def _same_shape(size: tuple[int, int], photo: tuple[int, int]) -> bool:
    """Whether one is the other, resized."""
    scale = max(size) / max(photo)
    return all(abs(a - scale * b) <= max(_ROUNDING, scale)
               for a, b in zip(size, photo))


def _values(folder: str | os.PathLike,
            paths: Mapping[str, Path]) -> list[Problem]:
    """Whether some map shows something."""
    values = GrayValues()
    for path in paths.values():
        try:
            values.add(read_gray(path, f'{_WHAT} map'))
        except UserError as flaw:
            return [problem_of(f'{_WHAT} that cannot be used', flaw)]
        if values.are_sound:
            return []
    return [error(f'{_WHAT} that shows nothing', folder, values.flaw(_WHAT),
                  'multiply them by 255, or make them again')]


@dataclass(frozen=True)
class _Job:
    path: Path
    target: Path
    size: tuple[int, int]

    @property
    def key(self) -> str:
        """Changes with the map and with the size."""
        return f'{self.path.absolute()} {stamp_of(self.path)} {self.size}'


def write_saliency(maps: SaliencyMaps | None, entries: Mapping[str, Entry],
                   places, workers: int | None) -> None:
    """Write maps at the size of the work copies, where they changed.

    Args:
        maps (SaliencyMaps, optional): As read; None: nothing is written.
        entries (Mapping[str, Entry]): Of all images, by name.
        places (Places): Where to.
        workers (int, optional): Processes.

    Raises:
        UserError: If a map turns out to be damaged.
    """
    if maps is None:
        return
    made = MadeFiles(places.saliency)
    jobs = [_Job(maps.paths[entry.source], places.saliency / f'{name}.png',
                 tuple(entry.work_size))
            for name, entry in sorted(entries.items())]
    todo = [job for job in jobs if not made.is_made(job.target.name, job.key)]
    for job, flaw in zip(todo, run_parallel(_write, todo, 'saliency',
                                            workers)):
        if flaw:
            raise UserError(flaw)
        made.add(job.target.name, job.key)
    if todo:
        made.save()


def _write(job: _Job) -> str:
    """Write a map; what is wrong with it, if something is."""
    try:
        pixels = read_gray(job.path, f'{_WHAT} map')
    except UserError as flaw:
        return str(flaw)
    height, width = job.size
    if pixels.shape != (height, width):
        shrinks = pixels.shape[0] > height
        pixels = cv2.resize(
            pixels, (width, height),
            interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    with atomic_path(job.target) as temporary:
        Image.fromarray(pixels).save(temporary, format='PNG')
    return ''
