"""Image-level labels from a folder for each class."""
from collections.abc import Sequence
from pathlib import PurePosixPath

from ...structures.image_tree import image_tree
from ...structures.problems import error, warning
from .label_cells import split_of
from .label_format import LabelFormat
from .label_rows import LabelRow, LabelRows, LabelSource

# Folders of images that show none of the classes.
_NOTHING = ('background', 'negative', 'negatives', 'none', 'nothing', 'empty')


class FolderFormat(LabelFormat):
    """``CLASS/IMAGE``, or ``train/CLASS/IMAGE`` and ``val/CLASS/IMAGE``."""
    name = 'folders'
    source = 'folder of a folder for each class'
    may_be_empty = True
    last_resort = True

    def recognizes(self, source: LabelSource) -> bool:
        """Any folder."""
        return source.is_folder

    def rows(self, source: LabelSource,
             classes: Sequence[str] = ()) -> LabelRows:
        """Each image below a folder of the source."""
        found = LabelRows()
        parts = {name: PurePosixPath(name).parts
                 for name, _ in image_tree(source.path, source.skip)}
        tops = {each[0] for each in parts.values() if len(each) > 1}
        level = int(bool(tops) and all(map(split_of, tops)))
        nothing = set()
        for name, each in parts.items():
            if len(each) < level + 2:
                continue  # beside the folders
            label = each[level]
            if label.strip('_').lower() in _NOTHING:
                nothing.add(label)
            labels = () if label in nothing else (label, )
            # The labels may be a folder of copies.
            below = '/'.join(each[level + 1:])
            found.rows.append(LabelRow(
                f'{source.path}: {"/".join(each[:level + 1])}', (name, below),
                labels, split_of(each[0]) if level else '', True))
        self._tell(found, source, nothing)
        return found

    @staticmethod
    def _tell(found: LabelRows, source: LabelSource,
              nothing: set[str]) -> None:
        if not found.rows:
            found.problems.append(error(
                'folders without images', source.path, 'no folder in it holds '
                'images', 'put the images of each class into a folder of its '
                'name, or give another file of labels'))
        for label in sorted(nothing):
            found.problems.append(warning(
                'folders of no class', source.path, f'images of {label!r} are '
                'taken to show none of the classes', 'nothing; rename the '
                'folder if that is a class'))
