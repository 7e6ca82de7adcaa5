"""Image-level labels from CVAT's exports."""
import os
from collections.abc import Sequence
from xml.etree import ElementTree

from ...structures import UserError
from ...structures.failures import reading
from ...structures.problems import error
from .label_cells import split_of
from .label_format import LabelFormat
from .label_rows import LabelRow, LabelRows, LabelSource, note_empty

_KIND = 'entries of CVAT that cannot be read'
_ROOT = b'<annotations'


class CVATFormat(LabelFormat):
    """``annotations.xml`` of "CVAT for images": tags and shapes."""
    name = 'cvat'
    source = 'annotations.xml of CVAT for images'
    may_be_empty = True

    def recognizes(self, source: LabelSource) -> bool:
        """By its first element."""
        return source.head.startswith(b'<') and _ROOT in source.head

    def rows(self, source: LabelSource,
             classes: Sequence[str] = ()) -> LabelRows:
        """Each image of the file."""
        with reading(source.path, 'export of CVAT', 'export it again'):
            root = ElementTree.parse(source.path).getroot()
        _refuse_videos(source.path, root)
        found = LabelRows(classes=tuple(dict.fromkeys(
            node.text.strip() for node in root.iterfind(
                'meta//labels/label/name') if (node.text or '').strip())))
        for number, image in enumerate(root.iterfind('image')):
            name = (image.get('name') or '').strip()
            where = f'{source.path}: image {image.get("id", number)}'
            if not name:
                found.problems.append(error(_KIND, where, 'it has no name',
                                            'export it again'))
                continue
            labels = [(node.get('label') or '').strip() for node in image]
            if '' in labels:
                found.problems.append(error(
                    _KIND, where, f'an object of {name} has no label',
                    'give it a label'))
            found.rows.append(LabelRow(
                where, (name, ), tuple(filter(None, labels)),
                split_of(image.get('subset') or '') or ''))
        return note_empty(found, source)


def _refuse_videos(path: str | os.PathLike,
                   root: ElementTree.Element) -> None:
    if root.find('track') is not None and root.find('image') is None:
        raise UserError(f'{path}: tracks of a video, which name no image '
                        'files; export it as "CVAT for images 1.1"')
