"""Image-level labels from COCO's instance annotations."""
import argparse
import os
from collections.abc import Sequence
from pathlib import PurePosixPath

from ...structures import CocoFile, ImageLabels, UserError
from ...structures.coco_json import AnnotationCheck, iter_annotations
from ...structures.problems import error
from .label_format import LabelFormat
from .label_rows import LabelRow, LabelRows, LabelSource, note_empty

_KEYS = ('stem', 'path')


def from_coco_json(path: str | os.PathLike,
                   use_crowd: bool = True,
                   key: str = 'stem') -> ImageLabels:
    """Read an ``instances_*.json``.

    Classes are the categories in the order of their ids. Images without an
    annotation keep an empty list of labels; an annotation without area, as
    editors leave behind, gives none.

    Args:
        path (str | PathLike): The file.
        use_crowd (bool): Whether crowd regions count. Defaults to True.
        key (str): What images are named by: ``'stem'`` of the file name, or
            its ``'path'`` with folders and without suffix.

    Raises:
        UserError: If the file is missing, not COCO's, names an unknown image
            or category, two images share a name, or no annotation counts.
    """
    if key not in _KEYS:
        raise UserError(f'key={key!r}; choose one of {", ".join(_KEYS)}')
    file = CocoFile.open(path, need_sizes=False)
    categories = {ident: _class_name(file, category)
                  for ident, category in file.categories.items()}
    names = image_names(file, key)
    images: dict[str, list[str]] = {name: [] for name in names.values()}
    crowd = count = 0
    for annotation in file.annotations():
        if annotation.get('iscrowd') and not use_crowd:
            crowd += 1
        elif not _is_empty(annotation):
            count += 1
            images[names[annotation['image_id']]].append(
                categories[annotation['category_id']])
    if not count:
        raise UserError(f'{path}: no object gives a label; {crowd} of its '
                        'annotations are crowd regions (iscrowd: 1), the '
                        'others have no area')
    try:
        return ImageLabels(tuple(categories.values()), images)
    except UserError as error:
        raise UserError(f'{path}: {error}') from None


def _class_name(file: CocoFile, category: dict) -> str:
    if 'name' not in category:
        raise UserError(f'{file.path}: category {category["id"]} has no name; '
                        'add it')
    return category['name']


def _is_empty(annotation: dict) -> bool:
    """Whether an annotation covers nothing; a box alone covers something."""
    box, mask = annotation.get('bbox'), annotation.get('segmentation')
    if isinstance(box, list) and len(box) == 4 and all(
            type(side) in (int, float) for side in box):
        return min(box[2:]) <= 0
    # Files for labels only have neither.
    return 'segmentation' in annotation and (
        not mask or all(part == [] for part in mask))


def image_names(file: CocoFile, key: str = 'stem') -> dict[int, str]:
    """Name of each image of a COCO json, by id.

    Args:
        file (CocoFile): The file.
        key (str): ``'stem'`` of its file, or its ``'path'`` but suffix.

    Raises:
        UserError: If two images have one name.
    """
    names = {}
    for ident, image in file.images.items():
        path = PurePosixPath(image['file_name'].replace('\\', '/'))
        names[ident] = (path.stem if key == 'stem' else
                        str(path.with_suffix('')))
    if len(set(names.values())) < len(names):
        raise UserError(f'{file.path}: two images have one file name; those '
                        'of different folders need --key path, or a file for '
                        'each folder')
    return names


class COCOFormat(LabelFormat):
    """``instances_*.json`` of COCO; its categories are the classes."""
    name = 'coco'
    source = 'COCO instances json'
    takes_classes = False
    # COCO has images without any object.
    may_be_empty = True

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--no-crowd`` and ``--key``."""
        parser.add_argument(
            '--no-crowd', action='store_true', help='leave out crowd regions')
        parser.add_argument(
            '--key',
            choices=_KEYS,
            default=_KEYS[0],
            help='name images by file stem, or with folders (default: '
            '%(default)s)')

    def read(self, args: argparse.Namespace, classes: Sequence[str] | None,
             names: Sequence[str] | None) -> ImageLabels:
        """Read them by :func:`from_coco_json`."""
        return from_coco_json(args.source, not args.no_crowd, args.key)

    def recognizes(self, source: LabelSource) -> bool:
        """By its three lists."""
        data = source.json
        return isinstance(data, dict) and all(
            isinstance(data.get(key), list)
            for key in ('images', 'annotations', 'categories'))

    def rows(self, source: LabelSource,
             classes: Sequence[str] = ()) -> LabelRows:
        """Each image of the file."""
        file = CocoFile.open(source.path, need_sizes=False)
        found = LabelRows(classes=tuple(dict.fromkeys(
            _class_name(file, each) for each in file.categories.values())))
        labels: dict[int, list[str]] = {ident: [] for ident in file.images}
        check = AnnotationCheck(file.images, file.categories)
        for each in iter_annotations(file.path):
            flaw = check.flaw(each)
            if flaw:
                found.problems.append(error(
                    'annotations of COCO that cannot be read',
                    file.where(each), flaw, 'fix the file'))
            elif not _is_empty(each):
                labels[each['image_id']].append(_class_name(
                    file, file.categories[each['category_id']]))
        for ident, image in file.images.items():
            found.rows.append(LabelRow(
                f'{file.path}: image {ident}', (image['file_name'], ),
                tuple(dict.fromkeys(labels[ident]))))
        return note_empty(found, source)
