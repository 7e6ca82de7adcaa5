"""Image-level labels from PASCAL VOC's object annotations."""
import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from tqdm import tqdm

from ...structures import ImageLabels, UserError
from ...structures.failures import reading
from ...structures.image_list import check_listed
from ...structures.problems import problem_of
from .label_format import LabelFormat
from .label_rows import LabelRow, LabelRows, LabelSource, note_empty

VOC_CLASSES = ('aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car',
               'cat', 'chair', 'cow', 'diningtable', 'dog', 'horse',
               'motorbike', 'person', 'pottedplant', 'sheep', 'sofa', 'train',
               'tvmonitor')

_ROOT, _HEAD, _LOOKED_AT = b'<annotation>', 1024, 20


def from_voc_xml(folder: str | os.PathLike,
                 classes: Sequence[str] | None = None,
                 use_difficult: bool = True,
                 names: Sequence[str] | None = None) -> ImageLabels:
    """Read ``Annotations/NAME.xml``.

    Args:
        folder (str | PathLike): The folder of the XML files.
        classes (Sequence[str], optional): Foreground classes. Defaults to
            VOC's 20 where the files name no other, else to all that they
            name, in alphabetical order.
        use_difficult (bool): Whether objects marked difficult count. They do
            in the labels of PSA, IRNet and EPS.
        names (Sequence[str], optional): Images to read. Defaults to all.

    Raises:
        UserError: If a file is missing, broken or names an unknown class.
    """
    folder = Path(folder)
    there = {path.stem for path in folder.glob('[!.]*.xml')}
    if not there:
        raise UserError(f'{folder}: no XML annotations found; give the folder '
                        'of NAME.xml')
    names = sorted(there) if names is None else names
    check_listed(names, there, folder)
    images = {}
    for name in tqdm(names, desc='annotations', disable=len(names) < 1000):
        path = folder / f'{name}.xml'
        images[name] = _labels(path, use_difficult)
        unknown = sorted(set(images[name]) - set(classes or images[name]))
        if unknown:
            raise UserError(f'{path}: class {unknown[0]!r} is not among '
                            f'{", ".join(classes)}; fix it or add the class')
    if not classes:
        found = {label for labels in images.values() for label in labels}
        classes = VOC_CLASSES if found <= set(VOC_CLASSES) else sorted(found)
    return ImageLabels(tuple(classes), images)


def _labels(path: Path, use_difficult: bool) -> list[str]:
    with reading(path, 'XML annotation', 'fetch it again'):
        root = ElementTree.parse(path).getroot()
    if root.tag != 'annotation':
        raise UserError(f'{path}: holds <{root.tag}>, not an <annotation> of '
                        "VOC's; fix the folder")
    labels = []
    for node in root.iterfind('object'):
        name = (node.findtext('name') or '').strip()
        if not name:
            raise UserError(f'{path}: an object has no name; name its class')
        difficult = (node.findtext('difficult') or '0').strip() == '1'
        if use_difficult or not difficult:
            labels.append(name)
    return labels


class VOCXMLFormat(LabelFormat):
    """``Annotations/NAME.xml`` of PASCAL VOC."""
    name = 'voc-xml'
    source = 'folder of VOC XML files'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--no-difficult``."""
        parser.add_argument(
            '--no-difficult',
            action='store_true',
            help="leave out objects marked 'difficult'; the papers count "
            'them')

    def read(self, args: argparse.Namespace, classes: Sequence[str] | None,
             names: Sequence[str] | None) -> ImageLabels:
        """Read them by :func:`from_voc_xml`."""
        return from_voc_xml(args.source, classes, not args.no_difficult,
                            names)

    def recognizes(self, source: LabelSource) -> bool:
        """A folder that holds files of VOC."""
        return any(_ROOT in _head(path)
                   for path in source.files('.xml')[:_LOOKED_AT])

    def rows(self, source: LabelSource,
             classes: Sequence[str] = ()) -> LabelRows:
        """Each file."""
        found = LabelRows()
        for path in source.files('.xml'):
            try:
                labels = _labels(path, use_difficult=True)
                told = (ElementTree.parse(path).findtext('filename') or '')
            except UserError as flaw:
                found.problems.append(problem_of(
                    'XML annotations that cannot be read', flaw))
                continue
            names = source.names_beside(path), told.strip(), path.stem
            found.rows.append(LabelRow(
                str(path), tuple(dict.fromkeys(filter(None, names))),
                tuple(dict.fromkeys(labels))))
        return note_empty(found, source)


def _head(path: Path) -> bytes:
    try:
        with path.open('rb') as file:
            return file.read(_HEAD)
    except OSError:
        return b''
