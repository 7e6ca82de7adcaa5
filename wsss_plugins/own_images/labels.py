"""Labels in whatever form people have them."""
import os
from collections.abc import Sequence
from pathlib import Path

from ..datasets.converters.label_format import label_formats
from ..datasets.converters.label_rows import LabelRows, LabelSource
from ..structures import UserError
from ..structures.problems import problem_of

#: In place of a path of labels: the folders of the images are the classes.
FOLDERS = 'folders'
_KIND = 'labels that cannot be read'


def read_label_source(labels: str | os.PathLike, images: str | os.PathLike,
                      classes: Sequence[str] = (),
                      skip: Sequence[str | os.PathLike] = ()) -> LabelRows:
    """Rows of a file or folder of labels, recognized by its content.

    Args:
        labels (str | PathLike): The file or folder; or ``'folders'``, or the
            folder of the images, if its folders are the classes.
        images (str | PathLike): Folder of the images.
        classes (Sequence[str]): Names that may hold separators.
        skip (Sequence[str | PathLike]): Folders that hold none.

    Returns:
        LabelRows: Of no rows, with a problem, if it cannot be read at all.
    """
    formats = label_formats()
    is_word = str(labels) == FOLDERS and not Path(labels).exists()
    path = Path(images) if is_word else Path(labels)
    source = LabelSource(path, skip)
    try:
        if is_word:
            return formats[FOLDERS].rows(source, classes)
        if not path.exists():
            raise UserError(f'{path}: labels not found; fix the path')
        fitting = sorted((f for f in formats.values()
                          if f.recognizes(source)),
                         key=lambda f: f.last_resort)
        if not fitting:
            raise UserError(f'{path}: not labels of a known form; give a '
                            'table with the header "image,tags", or one of '
                            f'{", ".join(formats)}')
        return fitting[0].rows(source, classes)
    except UserError as flaw:
        return LabelRows(problems=[problem_of(_KIND, flaw)])
