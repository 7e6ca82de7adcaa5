"""What a source of image-level labels says, before it meets the images."""
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from ...structures import ImageLabels, Problem, UserError, read_json
from ...structures.failures import reading
from ...structures.image_files import split_suffix
from ...structures.image_list import some
from ...structures.image_tree import is_hidden
from ...structures.problems import ERROR, warning

_HEAD = 4096
_JSON_STARTS = (b'{', b'[')
_MARKS = (b'\xef\xbb\xbf', )


@dataclass(frozen=True)
class LabelRow:
    """Labels of an image, as one place of a source tells them.

    Attributes:
        where (str): File, with the line if it has lines.
        images (tuple[str, ...]): Names that the image may have, the most
            exact first.
        labels (tuple[str, ...]): Class names; none: it shows no class.
        split (str): ``'train'``, ``'val'``, or empty if it is not told.
        optional (bool): Whether a damaged image may be left out.
        columns (tuple[str, str]): Of a table, that of the image and that of
            the labels.
    """
    where: str
    images: tuple[str, ...]
    labels: tuple[str, ...]
    split: str = ''
    optional: bool = False
    columns: tuple[str, str] = ('', '')

    @property
    def at_image(self) -> str:
        """Where the image is named."""
        return self._at(self.columns[0])

    @property
    def at_labels(self) -> str:
        """Where the labels are."""
        return self._at(self.columns[1])

    def _at(self, column: str) -> str:
        return f'{self.where}, column {column!r}' if column else self.where


@dataclass
class LabelRows:
    """All that a source says, and what is wrong with it.

    Attributes:
        rows (list[LabelRow]): In the order of the source.
        problems (list[Problem]): What could not be read.
        classes (tuple[str, ...]): In the order of the source, if it orders
            them; may hold classes that no row has.
    """
    rows: list[LabelRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    classes: tuple[str, ...] = ()


class LabelSource:
    """A file or folder of labels, of which the content is looked at once.

    Args:
        path (str | PathLike): The file or folder.
        skip (Sequence[str | PathLike]): Folders below it that are not read.
    """

    def __init__(self, path: str | os.PathLike,
                 skip: Sequence[str | os.PathLike] = ()) -> None:
        self.path = Path(path)
        self.skip = skip
        self._files: dict[str, list[Path]] = {}

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.path.is_dir()

    @cached_property
    def head(self) -> bytes:
        """First bytes of a file, without byte order mark and spaces."""
        if not self.path.is_file():
            return b''
        with reading(self.path, 'file of labels', 'fix its rights'), \
                self.path.open('rb') as file:
            head = file.read(_HEAD)
        for mark in _MARKS:
            head = head.removeprefix(mark)
        return head.lstrip()

    @property
    def is_json(self) -> bool:
        """Whether a file looks like JSON."""
        return self.head.startswith(_JSON_STARTS)

    @cached_property
    def json(self) -> Any:
        """The value of a JSON file; None if it looks like something else.

        Raises:
            UserError: If it is damaged, or has a key twice.
        """
        return read_json(self.path, 'JSON file of labels',
                         'export it again') if self.is_json else None

    def files(self, suffix: str) -> list[Path]:
        """Files of a suffix, in capitals or not, below a folder, sorted."""
        if suffix not in self._files:
            skip = [Path(each).resolve() for each in self.skip]
            self._files[suffix] = sorted(
                path for path in self.path.rglob('*')
                if path.suffix.lower() == suffix and path.is_file()
                and not any(map(is_hidden, self._parts(path)))
                and not any(place in path.resolve().parents
                            for place in skip)) if self.is_folder else []
        return self._files[suffix]

    def _parts(self, path: Path) -> tuple[str, ...]:
        return path.relative_to(self.path).parts

    def names_beside(self, path: Path) -> str:
        """Path of a file below the source, without suffix, with slashes."""
        return path.relative_to(self.path).with_suffix('').as_posix()


def note_empty(rows: LabelRows, source: LabelSource) -> LabelRows:
    """Tell which images of an annotation tool have no object."""
    empty = [row.images[-1] for row in rows.rows if not row.labels]
    if empty:
        rows.problems.append(warning(
            'images without an object', source.path, f'{len(empty)} images '
            'have no object, and are taken to show none of the classes: '
            f'{some(empty)}', 'nothing, if that is so; take out those that '
            'nobody has annotated'))
    return rows


def labels_by_stem(rows: LabelRows, source: str | os.PathLike,
                   classes: Sequence[str] | None = None) -> ImageLabels:
    """Labels of images that are named by stem; lines of an image add up.

    Args:
        rows (LabelRows): Of a source.
        source (str | PathLike): For messages.
        classes (Sequence[str], optional): Foreground classes, in order.
            Defaults to the source's, else to those found, by the alphabet.

    Raises:
        UserError: At the first problem.
    """
    wrong = [each for each in rows.problems if each.level == ERROR]
    if wrong:
        raise UserError(wrong[0].line)
    written: dict[str, str] = {}
    images: dict[str, list[str]] = {}
    for row in rows.rows:
        name = stem(row.images[0])
        if written.setdefault(name, row.images[0]) != row.images[0]:
            raise UserError(
                f'{row.where}: {row.images[0]!r} and {written[name]!r} are '
                f'both named {name!r}; rename one')
        images.setdefault(name, []).extend(row.labels)
    found = sorted({c for labels in images.values() for c in labels})
    try:
        return ImageLabels(tuple(classes or rows.classes or found), images)
    except UserError as error:
        raise UserError(f'{source}: {error}') from None


def stem(name: str) -> str:
    """Name without folders and image suffix; other dots belong to it."""
    return split_suffix(PurePosixPath(name.replace('\\', '/')).name)[0]
