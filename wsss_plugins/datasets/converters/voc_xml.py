"""Tags from PASCAL VOC's object annotations."""
import os
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from ...structures import ImageLabels, UserError

VOC_CLASSES = ('aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car',
               'cat', 'chair', 'cow', 'diningtable', 'dog', 'horse',
               'motorbike', 'person', 'pottedplant', 'sheep', 'sofa', 'train',
               'tvmonitor')


def from_voc_xml(folder: str | os.PathLike,
                 classes: Sequence[str] = VOC_CLASSES,
                 use_difficult: bool = True,
                 names: Sequence[str] | None = None) -> ImageLabels:
    """Read ``Annotations/NAME.xml``.

    Args:
        folder (str | PathLike): The folder of the XML files.
        classes (Sequence[str]): Foreground classes. Defaults to VOC's 20.
        use_difficult (bool): Whether objects marked difficult count. They do
            in the labels of PSA, IRNet and EPS.
        names (Sequence[str], optional): Images to read. Defaults to all.

    Raises:
        UserError: If a file is missing, broken or names an unknown class.
    """
    folder = Path(folder)
    if names is None:
        names = sorted(path.stem for path in folder.glob('*.xml'))
    if not names:
        raise UserError(f'{folder}: no XML annotations found')
    images = {
        name: _tags(folder / f'{name}.xml', classes, use_difficult)
        for name in names
    }
    return ImageLabels(tuple(classes), images)


def _tags(path: Path, classes: Sequence[str],
          use_difficult: bool) -> list[str]:
    try:
        root = ElementTree.parse(path).getroot()
    except FileNotFoundError:
        raise UserError(f'{path}: annotation not found') from None
    except ElementTree.ParseError as error:
        raise UserError(f'{path}: not XML ({error})') from None
    tags = []
    for thing in root.iter('object'):
        name = (thing.findtext('name') or '').strip()
        if name not in classes:
            raise UserError(f'{path}: unknown class {name!r}; known are '
                            f'{", ".join(classes)}')
        difficult = (thing.findtext('difficult') or '0').strip() == '1'
        if use_difficult or not difficult:
            tags.append(name)
    return tags
