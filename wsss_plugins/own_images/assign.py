"""Rows of labels meet the images."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..datasets.converters.label_rows import LabelRow, LabelRows
from ..structures import Problem
from ..structures.image_list import some
from ..structures.problems import error, warning
from .classes import ClassCheck
from .matching import PhotoIndex
from .photos import UNREADABLE, PhotoFolder

# A table of one label a line names many images several times.
_FEWEST_LONG, _SHARE_LONG = 5, .1
UNLABELED = ('ignore', 'negative', 'error')


@dataclass
class Assigned:
    """Labels and splits by image, and what is wrong.

    Attributes:
        labels (dict[str, tuple[str, ...]]): Classes by source of the image.
        splits (dict[str, str]): Where the labels tell them.
        problems (list[Problem]): Of rows and images.
        told (set[str]): Sources of broken images that rows name.
    """
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    splits: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    told: set[str] = field(default_factory=set)


def assign(rows: LabelRows, photos: PhotoFolder, check: ClassCheck,
           unlabeled: str = 'ignore') -> Assigned:
    """Find the image of each row.

    Args:
        rows (LabelRows): Of a source of labels.
        photos (PhotoFolder): The images.
        check (ClassCheck): Gives labels their class.
        unlabeled (str): What images without a row are: ``'ignore'``: not used;
            ``'negative'``: they show none of the classes; ``'error'``.
    """
    found = Assigned()
    by_image = _rows_by_image(rows.rows, photos, found)
    long = _is_long(by_image)
    for source, group in by_image.items():
        labels = [check.of_row(row.labels, row.at_labels) for row in group]
        if not long:
            found.problems += (
                _about_folders(source, group) if group[0].optional else
                _about_repeated(source, group, labels))
        found.labels[source] = tuple(dict.fromkeys(
            c for each in labels for c in each))
        told = [row.split for row in group if row.split]
        if told:
            found.splits[source] = told[0]
    if long:
        found.problems.append(warning(
            'images that come several times', rows.rows[0].where,
            f'{sum(len(g) > 1 for g in by_image.values())} images come on '
            'several lines, and their labels are joined', 'nothing, if the '
            'table has a line for each label'))
    _add_unlabeled(found, photos, unlabeled)
    return found


def _rows_by_image(rows: Sequence[LabelRow], photos: PhotoFolder,
                   found: Assigned) -> dict[str, list[LabelRow]]:
    """Rows of each usable image; the others are told."""
    index = PhotoIndex(photos.root, [*(p.source for p in photos.photos),
                                     *photos.broken])
    index.learn_folders(row.images[0] for row in rows)
    by_image: dict[str, list[LabelRow]] = {}
    problems: dict[str, list[Problem]] = dict(broken=[], gone=[], unclear=[])
    for row in rows:
        sources = index.find(row.images)
        if len(sources) == 1 and sources[0] not in photos.broken:
            by_image.setdefault(sources[0], []).append(row)
        elif len(sources) == 1 and row.optional:
            pass  # told as a file that is no image
        elif len(sources) == 1:
            flaw = photos.broken[sources[0]]
            found.told.add(sources[0])
            problems['broken'].append(error(
                f'labeled {UNREADABLE}', row.at_image,
                f'{sources[0]}: {flaw.what}', flaw.fix + ', or take its row '
                'out'))
        elif sources:
            problems['unclear'].append(error(
                'rows that may mean several images', row.at_image,
                f'{row.images[0]!r} may be {some(sources)}',
                'write the folder and the suffix'))
        else:
            problems['gone'].append(error(
                'rows without an image', row.at_image, 'no image '
                f'{row.images[0]!r:.200} in {photos.root}'
                f'{index.hint(row.images[0])}',
                'add the image, fix the name, or take the row out'))
    for group in problems.values():
        found.problems += group
    return by_image


def _is_long(by_image: Mapping[str, Sequence[LabelRow]]) -> bool:
    """Whether the source has a line for each label of an image."""
    several = [rows for rows in by_image.values() if len(rows) > 1]
    single = all(len(row.labels) < 2 for rows in several for row in rows)
    return single and len(several) >= max(
        _FEWEST_LONG, _SHARE_LONG * len(by_image))


def _about_repeated(source: str, rows: Sequence[LabelRow],
                    labels: Sequence[tuple[str, ...]]) -> list[Problem]:
    """What several rows of one image say."""
    problems = []
    for row, own in zip(rows[1:], labels[1:]):
        if set(own) == set(labels[0]):
            problems.append(warning(
                'rows that come twice', row.where, f'{source} again, as at '
                f'{_line(rows[0].where)}', 'take one out'))
        else:
            problems.append(error(
                'rows that contradict each other', row.where, f'{source} has '
                f'the labels {_told(own)} here, and {_told(labels[0])} at '
                f'{_line(rows[0].where)}', 'keep one row, with all its labels '
                'in one cell'))
    return problems


def _about_folders(source: str, rows: Sequence[LabelRow]) -> list[Problem]:
    """Copies of an image may lie in the folders of several classes."""
    return [warning(
        'images in several folders', row.where, f'{source} is also in '
        f'{rows[0].where}; its labels are joined', 'nothing, if it shows both')
        for row in rows[1:]]


def _line(where: str) -> str:
    return where.rpartition(': ')[2]


def _told(labels: Sequence[str]) -> str:
    return ';'.join(labels) or '(none)'


def _add_unlabeled(found: Assigned, photos: PhotoFolder,
                   unlabeled: str) -> None:
    """Images without a row, and files that are none."""
    told = error if unlabeled == 'error' else warning
    meaning = dict(ignore='is not used', error='has no labels',
                   negative='is taken to show none of the classes')[unlabeled]
    for photo in photos.photos:
        if photo.source not in found.labels:
            found.problems.append(told(
                'images without a row', photo.source, f'no row names it; it '
                f'{meaning}', 'label it; or use --unlabeled negative, if such '
                'images show none of the classes'))
            if unlabeled == 'negative':
                found.labels[photo.source] = ()
    found.problems += [flaw for source, flaw in photos.broken.items()
                       if source not in found.told]
    found.problems += photos.problems
