"""Mask proposals of one image: class-agnostic masks that may overlap."""
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..ops.proposals.runs import MaskRuns
from .atomic import write_json
from .errors import UserError
from .image_files import MAX_PIXELS
from .rle import (
    decode_mask,
    encode_mask,
    rle_area,
    run_lengths,
    segment_rle,
)
from .text_files import described, read_json

#: More masks than any generator makes of an image; reading them would only
#: fill the memory.
MAX_PROPOSALS = 20_000
_CHUNK_BYTES = 1 << 26
_FIX = 'write it again with tools/make_proposals.py'
_LEVELS = (0, 1, 2)


@dataclass(frozen=True, eq=False)
class Proposals:
    """Masks of an image, packed; those that are empty are left out.

    Args:
        size (tuple[int, int]): Height and width of the image.
        runs (list[dict]): RLE of each mask, with counts as text.
        areas (np.ndarray): Pixels of each, int64 (S,).
        levels (np.ndarray): 0 for parts of parts, 1 for parts, 2 for wholes;
            int64 (S,). All are 0 where a generator knows none.
        scores (np.ndarray): Quality that the generator predicts, float64
            (S,) in [0, 1].
    """
    size: tuple[int, int]
    runs: list[dict[str, Any]]
    areas: np.ndarray = field(default=None)
    levels: np.ndarray = field(default=None)
    scores: np.ndarray = field(default=None)

    def __post_init__(self) -> None:
        areas = np.array([rle_area(runs) for runs in self.runs], np.int64)
        levels, scores = self.levels, self.scores
        levels = np.zeros(len(areas)) if levels is None else levels
        scores = np.ones(len(areas)) if scores is None else scores
        full = areas > 0
        runs = [r for r, is_full in zip(self.runs, full) if is_full]
        for name, value in (
                ('size', tuple(int(side) for side in self.size)),
                ('runs', runs), ('areas', areas[full]),
                ('levels', np.asarray(levels, np.int64)[full]),
                ('scores', np.asarray(scores, np.float64)[full])):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.runs)

    @classmethod
    def of_masks(cls, masks: Sequence[np.ndarray], size: tuple[int, int],
                 levels: np.ndarray | None = None,
                 scores: np.ndarray | None = None) -> 'Proposals':
        """Pack masks, bool (S, H, W)."""
        return cls(size, [encode_mask(mask) for mask in masks],
                   levels=levels, scores=scores)

    def mask(self, index: int) -> np.ndarray:
        """One mask, bool (H, W)."""
        return decode_mask(self.runs[index], self.size)

    def chunks(self) -> Iterator[np.ndarray]:
        """Masks in order, bool (n, H, W), as many at a time as are small."""
        step = max(1, _CHUNK_BYTES // (8 * self.size[0] * self.size[1]))
        for start in range(0, len(self), step):
            stop = min(start + step, len(self))
            yield np.stack([self.mask(i) for i in range(start, stop)])

    def mask_runs(self) -> MaskRuns:
        """Runs of all masks, of which none has to be unpacked."""
        starts, stops = [], []
        for runs in self.runs:
            ends = np.cumsum(run_lengths(runs['counts']))
            # The first run is background, and so is every other.
            stops.append(ends[1::2])
            starts.append(ends[:-1:2])
        owners = np.repeat(np.arange(len(self)), [len(s) for s in stops])
        none = [np.zeros(0, dtype=np.int64)]
        return MaskRuns(np.concatenate(none + starts),
                        np.concatenate(none + stops), owners, len(self),
                        self.size)

    def selected(self, indices: np.ndarray) -> 'Proposals':
        """Those of some indices, in their order."""
        return Proposals(self.size, [self.runs[i] for i in indices],
                         levels=self.levels[indices],
                         scores=self.scores[indices])

    def save(self, path: str | os.PathLike) -> None:
        """Write ``NAME.json``, atomically: records as segment-anything's."""
        write_json(path, [
            dict(segmentation=runs, area=int(area), level=int(level),
                 predicted_iou=float(score))
            for runs, area, level, score in zip(
                self.runs, self.areas, self.levels, self.scores)
        ])

    @classmethod
    def load(cls, path: str | os.PathLike,
             size: tuple[int, int] | None = None) -> 'Proposals':
        """Read records as segment-anything and its data set write them.

        Known are a list, and ``{"annotations": [...]}`` of SA-1B; masks are
        RLEs, compressed or not. Areas are counted, whatever the file says.

        Args:
            path (str | PathLike): ``NAME.json``.
            size (tuple[int, int], optional): Height and width of the image;
                needed for a file without masks.

        Raises:
            UserError: Naming the file and the record, if a mask is broken or
                of another size, or there are too many.
        """
        records = _records(read_json(
            path, 'proposal file', _FIX,
            'make proposals of this image with tools/make_proposals.py'),
            path)
        size = size or _size_of(records, path)
        _check_size(records, size, path)
        runs = [
            segment_rle(record['segmentation'], size,
                        f'{path}: proposal {number}')
            for number, record in enumerate(records)
        ]
        return cls(
            size, runs,
            levels=np.array([_level(r, path) for r in records]),
            scores=np.array([_score(r, path) for r in records]))


def proposal_file(folder: str | os.PathLike, name: str) -> Path:
    """Where the proposals of an image lie."""
    return Path(folder, f'{name}.json')


def _records(data: Any, path: str | os.PathLike) -> list[dict]:
    if isinstance(data, dict):
        data = data.get('annotations')
    if not isinstance(data, list):
        raise UserError(f'{path}: holds {described(data)}, not a list of '
                        f'proposals; {_FIX}')
    if len(data) > MAX_PROPOSALS:
        raise UserError(f'{path}: {len(data)} proposals, more than '
                        f'{MAX_PROPOSALS}; make fewer, or drop small ones')
    for number, record in enumerate(data):
        if not isinstance(record, dict) or not isinstance(
                record.get('segmentation'), dict):
            raise UserError(f'{path}: proposal {number} has no RLE in '
                            f'"segmentation"; {_FIX}')
    return data


def _size_of(records: list[dict], path: str | os.PathLike
             ) -> tuple[int, int]:
    if not records:
        raise UserError(f'{path}: no proposals, and no size of the image')
    size = records[0]['segmentation'].get('size')
    if (not isinstance(size, list) or len(size) != 2
            or any(type(side) is not int or side < 1 for side in size)
            or size[0] * size[1] > MAX_PIXELS):
        raise UserError(f'{path}: proposal 0 has size {described(size)}, not '
                        f'[height, width]; {_FIX}')
    return size[0], size[1]


def _check_size(records: list[dict], size: tuple[int, int],
                path: str | os.PathLike) -> None:
    """All sizes, before any mask is unpacked."""
    for number, record in enumerate(records):
        said = record['segmentation'].get('size')
        if isinstance(said, list) and said != list(size):
            raise UserError(
                f'{path}: proposal {number} is of an image of size {said}, '
                f'but the image has {list(size)} (height, width); make '
                'proposals of this image')


def _level(record: dict, path: str | os.PathLike) -> int:
    level = record.get('level', 0)
    if type(level) is not int or level not in _LEVELS:
        raise UserError(f'{path}: level is {described(level)}, not 0, 1 or '
                        f'2; {_FIX}')
    return level


def _score(record: dict, path: str | os.PathLike) -> float:
    score = record.get('predicted_iou', 1.)
    # SAM's predictions pass 1 by a little.
    if type(score) not in (int, float) or not -1 <= score <= 2:
        raise UserError(f'{path}: predicted_iou is {described(score)}, not '
                        f'a quality in 0..1; {_FIX}')
    return min(max(float(score), 0.), 1.)
