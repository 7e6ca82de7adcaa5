"""Image files that belong to photos: masks and maps, matched by name."""
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..structures import Problem
from ..structures.failures import reason
from ..structures.image_files import split_suffix
from ..structures.image_tree import image_tree
from ..structures.problems import error, warning
from .matching import PhotoIndex


@dataclass
class MapFiles:
    """Files of a folder by the photo that they belong to.

    Attributes:
        paths (dict[str, Path]): By source of the photo.
        problems (list[Problem]): Of the folder and of names.
    """
    paths: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class MapMatcher:
    """Finds the photo of each file of a folder.

    A file belongs to the photo of its path without suffix, by the rules of
    :class:`PhotoIndex`, or to that of its safe name.

    Args:
        root (Path): Folder of the photos.
        names (Mapping[str, str]): Safe names by source, of all photos.
        used (Sequence[str]): Sources of the photos that are used.
    """

    def __init__(self, root: Path, names: Mapping[str, str],
                 used: Sequence[str]) -> None:
        self.root = root
        self.index = PhotoIndex(root, names)
        self.sources = {name: source for source, name in names.items()}
        self.used = set(used)

    def match(self, folder: str | os.PathLike, what: str) -> MapFiles:
        """Files of a folder and of all below it.

        Args:
            folder (str | PathLike): The folder.
            what (str): What its files are, for messages: ``'truth'``.
        """
        found = MapFiles()
        if not Path(folder).is_dir():
            found.problems.append(error(
                f'{what} that cannot be read', folder, 'folder not found',
                'fix the path'))
            return found

        if Path(folder).resolve() == self.root.resolve():
            found.problems.append(error(
                f'{what} that cannot be read', folder, 'is the folder of the '
                'photos', 'put the files into a folder of their own'))
            return found

        def refuse(flaw: OSError) -> None:
            found.problems.append(error(
                'folders that cannot be read', flaw.filename, reason(flaw),
                'fix its rights'))

        files = list(image_tree(folder, on_error=refuse))
        for name, path in files:
            self._add(found, name, path, what)
        if not files and not found.problems:
            found.problems.append(error(
                f'{what} that cannot be read', folder, 'no image file is in '
                'it', 'give the folder with a PNG file for each photo, named '
                'as the photo'))
        return found

    def _add(self, found: MapFiles, name: str, path: Path,
             what: str) -> None:
        stem = split_suffix(name)[0]
        sources = ([self.sources[stem]] if stem in self.sources else
                   self.index.find([stem, name]))
        if len(sources) != 1:
            flaw = (f'may be of {", ".join(sources[:4])}' if sources else
                    f'no photo has that name{self.index.hint(stem)}')
            found.problems.append(error(
                f'{what} without a photo', path, flaw,
                'name it as its photo, with the same folders, or take it out'))
        elif sources[0] in found.paths:
            found.problems.append(error(
                f'{what} that comes twice', path,
                f'{found.paths[sources[0]]} is of {sources[0]} as well',
                'keep one'))
        elif sources[0] not in self.used:
            found.problems.append(warning(
                f'{what} of photos that are not used', path,
                f'{sources[0]} has no labels', 'label the photo'))
        else:
            found.paths[sources[0]] = path
