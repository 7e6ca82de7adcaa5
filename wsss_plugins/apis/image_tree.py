"""Folders of images, and where what is made of them goes."""
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..structures import UserError
from ..structures.image_files import split_suffix


@dataclass(frozen=True)
class ImageTree:
    """All images of a folder and of those below it.

    Args:
        root (str | PathLike): The folder, or a single image.
        leave_out (str | PathLike, optional): Folder whose files are none,
            such as that of the outputs.

    Raises:
        UserError: If there is no such folder.
    """
    root: str | os.PathLike
    leave_out: str | os.PathLike | None = None

    def __post_init__(self) -> None:
        if not Path(self.root).exists():
            raise UserError(f'{self.root}: folder of images not found; fix '
                            'the path')

    def __iter__(self) -> Iterator[tuple[Path, str]]:
        """Each image and the name of its outputs, without suffix.

        Folders and files come by the alphabet. Images of a folder that
        differ in their suffix only keep it: ``a.jpg`` and ``a.png``.
        """
        root = Path(self.root)
        if root.is_file():
            yield root, split_suffix(root.name)[0]
            return
        for folder, names in self._folders():
            stems = Counter(split_suffix(name)[0] for name in names)
            for name in names:
                stem = split_suffix(name)[0]
                path = Path(folder, name)
                target = stem if stems[stem] == 1 else name
                yield path, str(PurePosixPath(
                    path.relative_to(root).parent.as_posix(), target))

    def count(self) -> int:
        """Number of images."""
        if Path(self.root).is_file():
            return 1
        return sum(len(names) for _, names in self._folders())

    def _folders(self) -> Iterator[tuple[str, list[str]]]:
        """Folders with the names of their images; hidden ones are none."""
        out = None if self.leave_out is None else os.path.realpath(
            self.leave_out)
        for folder, below, names in os.walk(self.root):
            below[:] = sorted(
                name for name in below if not name.startswith('.')
                and os.path.realpath(os.path.join(folder, name)) != out)
            yield folder, sorted(
                name for name in names
                if split_suffix(name)[1] and not name.startswith('.'))
