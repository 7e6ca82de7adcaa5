"""Labels in whatever form people have them."""
import os
from collections.abc import Sequence
from pathlib import Path

from ..datasets.converters.label_format import label_formats
from ..datasets.converters.label_rows import LabelRows, LabelSource
from ..structures import UserError
from ..structures.problems import error

#: In place of a path of labels: the folders of the images are the classes.
FOLDERS = 'folders'
_KIND = 'labels that cannot be read'


def read_label_source(labels: str | os.PathLike, images: str | os.PathLike,
                      classes: Sequence[str] = ()) -> LabelRows:
    """Rows of a file or folder of labels, recognized by its content.

    Args:
        labels (str | PathLike): The file or folder; or ``'folders'``, or the
            folder of the images, if its folders are the classes.
        images (str | PathLike): Folder of the images.
        classes (Sequence[str]): Names that may hold separators.

    Returns:
        LabelRows: Of no rows, with a problem, if it cannot be read at all.
    """
    path = Path(images) if str(labels) == FOLDERS else Path(labels)
    source = LabelSource(path, images)
    try:
        formats = label_formats()
        if not path.exists():
            raise UserError(f'{path}: labels not found; fix the path')
        fitting = [f for f in formats.values() if f.recognizes(source)]
        if not fitting:
            raise UserError(f'{path}: not labels of a known form; give a '
                            'table with the header "image,tags", or one of '
                            f'{", ".join(formats)}')
        return fitting[0].rows(source, classes)
    except UserError as flaw:
        where, _, what = str(flaw).partition(': ')
        what, _, fix = what.rpartition('; ')
        return LabelRows(problems=[error(
            _KIND, where, what or fix, fix if what else 'fix the file')])
